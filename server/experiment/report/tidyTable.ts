// The evaluations of an experiment as one tidy table, a row each, for CSV and Parquet. Pure.

import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Experiment } from '../experimentSchema.ts';
import type { Known } from '../runCells.ts';

/** A column holds text, or numbers with null where there is nothing. */
export interface Column {
  readonly name: string;
  readonly data: readonly (string | number | null)[];
}

/**
 * Of all cells, those that settings were chosen by and yardsticks included (`role`). `split`: `validation` on the grid of virtual
 * times, `test` once at the end, with what all of the run had cost.
 */
export function tidyTable({ axes }: Experiment, known: readonly Known[]): Column[] {
  const rows = known.flatMap(({ cell, finished }) => {
    const { result } = finished;
    const names = {
      role: cell.role,
      ...Object.fromEntries(axes.map(({ name }) => [name, cell.condition.values[name]!])),
      task: result.task,
      strategy: cell.config,
      setting: cell.setting,
      seed: cell.seed,
      devices: result.devices,
    };
    const points = result.curve.map(
      ({ virtualSeconds, version, updates, payloadBytes, score, accuracy, loss }) => ({
        ...names,
        split: 'validation',
        virtualSeconds,
        version,
        updates,
        payloadBytes,
        score,
        accuracy: known01(accuracy),
        loss: Number(loss.toFixed(5)),
      }),
    );
    const last = {
      ...names,
      split: 'test',
      virtualSeconds: result.virtualSeconds,
      version: result.versions,
      updates: result.accepted,
      payloadBytes: result.payloadBytes,
      score: result.finalScore,
      accuracy: known01(result.finalAccuracy),
      loss: Number(result.finalLoss.toFixed(5)),
    };
    return [...points, last];
  });
  return columnsOf(rows);
}

/** A row for each device that has samples held out; no columns where there is none. */
export function devicesTable({ axes }: Experiment, known: readonly Known[]): Column[] {
  const rows = known
    .filter(({ cell }) => cell.role === 'reported')
    .flatMap(({ cell, finished }) =>
      (finished.result.personal ?? [])
        .filter(({ heldOutSamples }) => heldOutSamples > 0)
        .map(({ isStraggler, trains, ...figures }) => ({
          ...Object.fromEntries(axes.map(({ name }) => [name, cell.condition.values[name]!])),
          strategy: cell.config,
          seed: cell.seed,
          ...figures,
          isStraggler: isStraggler ? 1 : 0,
          trains: trains ?? 'nothing',
        })),
    );
  return columnsOf(rows);
}

type Row = Readonly<Record<string, string | number | null>>;

function columnsOf(rows: readonly Row[]): Column[] {
  const names = Object.keys(rows[0] ?? {});
  return names.map((name) => ({ name, data: rows.map((row) => row[name] ?? null) }));
}

function known01(accuracy: number): number | null {
  return accuracy < 0 ? null : accuracy;
}

/** Text as strings, all else as doubles. */
export function columnsToParquet(columns: readonly Column[]): Uint8Array {
  const columnData = columns.map(({ name, data }) => {
    const isText = data.some((value) => typeof value === 'string');
    return { name, data: [...data], type: isText ? ('STRING' as const) : ('DOUBLE' as const) };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

export function columnsToCsv(columns: readonly Column[]): string {
  const numRows = columns[0]?.data.length ?? 0;
  const rows = Array.from({ length: numRows }, (_, i) => columns.map(({ data }) => data[i] ?? ''));
  return csvOf([columns.map(({ name }) => name), ...rows]);
}

export function csvOf(rows: readonly (readonly (string | number)[])[]): string {
  return `${rows.map((row) => row.map(csvCell).join(',')).join('\n')}\n`;
}

function csvCell(value: string | number): string {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
