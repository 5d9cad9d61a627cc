// What is wrong with a run's files, in words. Knows nothing of how it is found.

export interface Damage {
  /** Path of the file or folder. */
  readonly path: string;
  /** Where in it; null: as a whole. */
  readonly place: string | null;
  /** `is damaged`, `is missing` ... */
  readonly what: string;
}

/** `runs/a/journal/000000000000.log is damaged at byte 1234` */
export function describeDamage({ path, place, what }: Damage): string {
  return `${path} ${what}${place === null ? '' : ` at ${place}`}`;
}

export function countOf(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
