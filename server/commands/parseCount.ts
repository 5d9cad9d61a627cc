import { InvalidArgumentError } from 'commander';

/** What stands behind a flag that counts: an integer >= 1. Throws InvalidArgumentError. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('It must be an integer >= 1.');
}
