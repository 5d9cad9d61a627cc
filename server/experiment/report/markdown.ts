// Tables and numbers as Markdown. Pure.

const MINUS = '\u2212';

export function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** Without columns that are empty in every row. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const kept = head.map((_, column) => column === 0 || rows.some((row) => row[column] !== ''));
  const keep = (cells: readonly string[]): string[] => cells.filter((_, column) => kept[column]);
  return [line(keep(head)), line(keep(head).map(() => '---')), ...rows.map((row) => line(keep(row)))];
}

export function signed(value: number, digits = 2): string {
  return `${value < 0 ? MINUS : '+'}${Math.abs(value).toFixed(digits)}`;
}

export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}

export function capitalised(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}

/** What is saved as a negative change, with its interval where there is one. */
export function savedText(saved: number | null, ci95: readonly [number, number] | null = null): string {
  if (saved === null) return '-';
  const interval = ci95 ? ` (${changeText(ci95[1])} to ${changeText(ci95[0])})` : '';
  return `${changeText(saved)} %${interval}`;
}

function changeText(saved: number): string {
  return `${saved >= 0 ? MINUS : '+'}${Math.abs(100 * saved).toFixed(1)}`;
}
