// Cells of a table -> decimal numbers. The decimal sign of a file is found by what its cells can only mean; where it can mean
// two things ("2.071" beside decimal commas) that is asked, never guessed. Pure.

export type DecimalSign = '.' | ',';

/** What a cell has been and where, for a question. */
export interface SeenNumber {
  readonly cell: string;
  readonly line: number;
  readonly column: string;
}

/** `odd` may be read in two ways: by its sign as decimals, or with `beside`, or by itself, in groups of thousands. */
export interface DecimalQuestion {
  readonly odd: SeenNumber;
  /** The cell that makes it odd; null where `odd` alone is. */
  readonly beside: SeenNumber | null;
}

export interface NumberReader {
  /** NaN for a cell that is no decimal number; blank cells, too. What tells of the decimal sign is remembered. */
  read(cell: string, line: number, column: string): number;
  /** After all cells: the sign, null where no number had one, or what has to be asked. */
  findSign(delimiter: string): {
    readonly sign: DecimalSign | null;
    readonly question: DecimalQuestion | null;
  };
}

const INTEGER = /^[+-]?\d+(?:e[+-]?\d+)?$/i;
const POINT = /^[+-]?(?:\d+\.\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const COMMA = /^[+-]?(?:\d+,\d*|,\d+)(?:e[+-]?\d+)?$/i;
/** Both a decimal and a number of thousands. */
const TWOFOLD = /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/;
const COMMA_GROUPS = /^[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?$/;
const POINT_GROUPS = /^[+-]?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?$/;
/** So many digits are read exactly one by one. */
const SAFE_DIGITS = 15;

/** True where a cell is written with groups of thousands, whatever their sign. */
export function hasGroups(cell: string): boolean {
  return COMMA_GROUPS.test(cell.trim()) || POINT_GROUPS.test(cell.trim());
}

/**
 * With a sign that is said, the other one can only part thousands: "2.071" is 2071 after decimal commas. Without one, cells of either
 * sign are read as decimals, and `findSign` tells whether that was right.
 */
export function createNumberReader(said?: DecimalSign): NumberReader {
  const first: Partial<Record<'point' | 'comma' | 'twofoldPoint' | 'twofoldComma', SeenNumber>> = {};
  function remember(cell: string, line: number, column: string): void {
    const isComma = cell.includes(',');
    if (!isComma && !cell.includes('.')) return;
    const kind = TWOFOLD.test(cell)
      ? isComma
        ? 'twofoldComma'
        : 'twofoldPoint'
      : isComma
        ? 'comma'
        : 'point';
    first[kind] ??= { cell, line, column };
  }
  return {
    read(cell, line, column) {
      const digits = readDigits(cell);
      if (digits !== null) return digits;
      const trimmed = cell.trim();
      const value = readSigned(trimmed, said);
      if (said === undefined && !Number.isNaN(value)) remember(trimmed, line, column);
      return value;
    },
    findSign(delimiter) {
      const { point, comma, twofoldPoint, twofoldComma } = first;
      if (said !== undefined) return { sign: said, question: null };
      if (comma && twofoldPoint) return ask(twofoldPoint, comma);
      if (comma && point) return ask(point, comma);
      if (point && twofoldComma) return ask(twofoldComma, point);
      if (comma) return { sign: ',', question: null };
      if (twofoldComma) return ask(twofoldComma, twofoldPoint);
      // Semicolons part cells where commas are decimal signs: points may well part thousands there.
      if (twofoldPoint && !point && delimiter === ';') return ask(twofoldPoint);
      return { sign: (point ?? twofoldPoint) ? '.' : null, question: null };
    },
  };
}

function ask(odd: SeenNumber, beside?: SeenNumber): { sign: null; question: DecimalQuestion } {
  return { sign: null, question: { odd, beside: beside ?? null } };
}

/** Whole numbers of a few digits, which most cells of large files are; null for all others. */
function readDigits(cell: string): number | null {
  const { length } = cell;
  if (length === 0 || length > SAFE_DIGITS) return null;
  let value = 0;
  for (let i = 0; i < length; i++) {
    const digit = cell.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return null;
    value = value * 10 + digit;
  }
  return value;
}

function readSigned(cell: string, said: DecimalSign | undefined): number {
  if (INTEGER.test(cell)) return finite(cell);
  if (said !== ',' && POINT.test(cell)) return finite(cell);
  if (said !== '.' && COMMA.test(cell)) return finite(cell.replace(',', '.'));
  if (said === '.' && COMMA_GROUPS.test(cell)) return finite(cell.replaceAll(',', ''));
  if (said === ',' && POINT_GROUPS.test(cell)) return finite(cell.replaceAll('.', '').replace(',', '.'));
  return Number.NaN;
}

/** Beyond what a number can hold is none. */
function finite(text: string): number {
  const value = Number(text);
  return Number.isFinite(value) ? value : Number.NaN;
}
