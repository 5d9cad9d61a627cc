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
/** What a cell tells of the signs of its file: `twofold` where it may be one of thousands. */
type SignUse = 'point' | 'comma' | 'twofoldPoint' | 'twofoldComma';

/** So many digits are below 2^53. */
const SAFE_DIGITS = 15;
const TENS = Array.from({ length: SAFE_DIGITS + 1 }, (_, power) => 10 ** power);
const [ZERO, MINUS, POINT_CODE, COMMA_CODE] = [48, 45, 46, 44] as const;

/** True where a cell is written with groups of thousands, whatever their sign. */
export function hasGroups(cell: string): boolean {
  return COMMA_GROUPS.test(cell.trim()) || POINT_GROUPS.test(cell.trim());
}

/**
 * With a sign that is said, the other one can only part thousands: "2.071" is 2071 after decimal commas. Without one, cells of either
 * sign are read as decimals, and `findSign` tells whether that was right.
 */
export function createNumberReader(said?: DecimalSign): NumberReader {
  const first: Partial<Record<SignUse, SeenNumber>> = {};
  function remember(use: SignUse, cell: string, line: number, column: string): void {
    if (said === undefined) first[use] ??= { cell, line, column };
  }
  return {
    read(cell, line, column) {
      const plain = readPlain(cell, said);
      if (plain) {
        if (plain.use) remember(plain.use, cell, line, column);
        return plain.value;
      }
      const trimmed = cell.trim();
      const value = readSigned(trimmed, said);
      if (!Number.isNaN(value) && /[.,]/.test(trimmed)) remember(useOf(trimmed), trimmed, line, column);
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

function useOf(cell: string): SignUse {
  const isComma = cell.includes(',');
  if (TWOFOLD.test(cell)) return isComma ? 'twofoldComma' : 'twofoldPoint';
  return isComma ? 'comma' : 'point';
}

/** Of the newest number that `readPlain` could read: made once, as a large file has millions. */
const newest: { value: number; use: SignUse | null } = { value: 0, use: null };

/**
 * Digits with at most one sign of each kind, which nearly all cells of large files are; null for all others. A number below 2^53
 * divided by a power of ten is what `Number` makes of it: both are exact, and the quotient is rounded once.
 */
function readPlain(cell: string, said: DecimalSign | undefined): typeof newest | null {
  const { length } = cell;
  const start = cell.charCodeAt(0) === MINUS ? 1 : 0;
  if (length === start || length > SAFE_DIGITS) return null;
  let whole = 0;
  let signAt = -1;
  for (let i = start; i < length; i++) {
    const code = cell.charCodeAt(i);
    const digit = code - ZERO;
    if (digit >= 0 && digit <= 9) whole = whole * 10 + digit;
    else if (signAt < 0 && (code === POINT_CODE || code === COMMA_CODE)) signAt = i;
    else return null;
  }
  if (signAt < 0) {
    newest.value = start === 1 ? -whole : whole;
    newest.use = null;
    return newest;
  }
  const numDecimals = length - 1 - signAt;
  const before = signAt - start;
  const isComma = cell.charCodeAt(signAt) === COMMA_CODE;
  if (before + numDecimals === 0 || (said !== undefined && (said === ',') !== isComma)) return null;
  const value = whole / TENS[numDecimals]!;
  newest.value = start === 1 ? -value : value;
  // As TWOFOLD says it.
  const isTwofold = numDecimals === 3 && before >= 1 && before <= 3 && cell.charCodeAt(start) !== ZERO;
  newest.use = isTwofold ? (isComma ? 'twofoldComma' : 'twofoldPoint') : isComma ? 'comma' : 'point';
  return newest;
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
