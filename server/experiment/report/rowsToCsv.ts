// A row for each simulation, as CSV. Pure.

import type { ExperimentRow } from '../compareRows.ts';
import { csvOf } from './tidyTable.ts';

/** What is in objects (the condition's values, further figures) has columns of its own. */
export function rowsToCsv(rows: readonly ExperimentRow[]): string {
  const flat = rows.map(({ condition, figures, ...row }) => ({ ...condition, ...row, ...figures }));
  const fields = Object.keys(flat[0] ?? {});
  return csvOf([
    fields,
    ...flat.map((row) => fields.map((field) => (row as Record<string, string | number | null>)[field] ?? '')),
  ]);
}
