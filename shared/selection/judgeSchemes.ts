// The last word on which scheme to give out: contributions that add up are a guess, a longer training is not.
// Knows nothing of how the schemes were found.

import type { SchemeChoice } from '../federation/selectScheme.ts';
import { lossAfter, type MeasureOptions } from './measureContributions.ts';

/** The choice of least held-out loss after training each from the same start; null of none. Equal choices are trained once. */
export async function judgeSchemes(
  choices: readonly SchemeChoice[],
  options: MeasureOptions,
): Promise<SchemeChoice | null> {
  const distinct = [...new Map(choices.map((choice) => [JSON.stringify(choice.scheme), choice])).values()];
  if (distinct.length < 2) return distinct[0] ?? null;
  const losses: number[] = [];
  for (const { scheme } of distinct) losses.push(await lossAfter(scheme, options));
  return distinct[losses.indexOf(Math.min(...losses))]!;
}
