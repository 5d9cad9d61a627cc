// Budgets that get one scheme: a few classes, so that a thousand budgets cost no thousand plans. Pure, and in whole numbers:
// a logarithm's last bits may differ from machine to machine.

import type { SubsetPolicy } from '../../settings/values.ts';

/** The smallest budget of each class, rising. `tailored`: two classes an octave; else all are one. */
export function leastOfClasses({ kind }: SubsetPolicy, budgetsBytes: readonly number[]): number[] {
  const least = new Map<number, number>();
  for (const budgetBytes of budgetsBytes) {
    const budgetClass = kind === 'tailored' ? halfOctaveOf(budgetBytes) : 0;
    least.set(budgetClass, Math.min(budgetBytes, least.get(budgetClass) ?? Infinity));
  }
  return [...least.values()].sort((a, b) => a - b);
}

/** floor(2 log2(bytes)), for bytes >= 1. */
function halfOctaveOf(bytes: number): number {
  let octave = 0;
  while (2 ** (octave + 1) <= bytes) octave++;
  return 2 * octave + (bytes ** 2 >= 2 ** (2 * octave + 1) ? 1 : 0);
}
