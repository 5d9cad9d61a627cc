// What is wrong with a table file as a whole, as data: the server and the page say it in words of their own.

export type TableProblem =
  /** Nothing but a header line, or not even that. */
  | { readonly kind: 'noRows'; readonly hasHeader: boolean }
  /** A spreadsheet, a picture, anything but text. */
  | { readonly kind: 'notText'; readonly isZip: boolean }
  /** A TextDecoder has no such encoding. */
  | { readonly kind: 'unknownEncoding'; readonly encoding: string }
  /** Bytes that the encoding has not; `isFound`: it was found, not said, and the text before is of it. */
  | { readonly kind: 'encoding'; readonly encoding: string; readonly line: number; readonly isFound: boolean }
  /** Quotation marks that do not fit: opened and never closed, or in the middle of a cell. */
  | { readonly kind: 'quotes'; readonly line: number; readonly isOpen: boolean }
  | { readonly kind: 'longRow'; readonly line: number; readonly mostCharacters: number }
  /** Each of these cuts every row into as many cells. */
  | { readonly kind: 'delimiters'; readonly candidates: readonly string[] }
  | { readonly kind: 'columnTwice'; readonly name: string; readonly line: number };

/** Thrown by what reads tables; whoever called it says where the file came from. */
export class TableError extends Error {
  readonly problem: TableProblem;

  constructor(problem: TableProblem) {
    super(`table: ${problem.kind}`);
    this.name = 'TableError';
    this.problem = problem;
  }
}
