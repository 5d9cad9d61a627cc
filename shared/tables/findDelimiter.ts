// Which character stands between the cells of a CSV file, by its first records. Pure.

import { createCsvRecords } from './csvRecords.ts';
import { TableError } from './tableError.ts';

const CANDIDATES = [',', ';', '\t', '|'] as const;
const MOST_RECORDS = 50;

/**
 * The one that cuts every record of `head` into as many cells, two or more; of several the one with the most cells. Where none does,
 * the one that the first record has most of: its first uneven row is told then. Throws TableError where two do equally well.
 * `isWhole`: the text does not break off.
 */
export function findDelimiter(head: string, isWhole: boolean): string {
  const fits = CANDIDATES.map((delimiter) => ({ delimiter, ...fitOf(head, isWhole, delimiter) }));
  const even = fits.filter(({ isEven, first }) => isEven && first > 1);
  const most = Math.max(...even.map(({ first }) => first));
  const best = even.filter(({ first }) => first === most);
  if (best.length > 1)
    throw new TableError({ kind: 'delimiters', candidates: best.map(({ delimiter }) => delimiter) });
  const largest = Math.max(...fits.map(({ first }) => first));
  return (best[0] ?? fits.find(({ first }) => first === largest)!).delimiter;
}

/** Cells of the first record, and whether the others have as many. */
function fitOf(head: string, isWhole: boolean, delimiter: string): { first: number; isEven: boolean } {
  const counts: number[] = [];
  try {
    const records = createCsvRecords(delimiter, ({ length }) => {
      counts.push(length);
    });
    records.push(head);
    // Of a first line that breaks off, what there is of it tells.
    if (isWhole || counts.length === 0) records.end();
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
    // Where quotation marks do not fit, what came before them tells.
  }
  const first = counts[0] ?? 0;
  return { first, isEven: counts.slice(0, MOST_RECORDS).every((count) => count === first) };
}
