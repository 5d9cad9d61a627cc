// What a classifier mixes up on the test set, and the samples it is surest of and wrong about. Pure; knows no trainer.

import type { Examination } from '../contract/dashboard.ts';
import type { Predictions } from './scores.ts';

const MOST_MISTAKES = 24;

/** `labels[n]`: the class of sample n. A sample is said to be of the class with the largest value, the first of equal ones. */
export function examine(
  { count, outputs, values }: Predictions,
  labels: Uint8Array,
): Omit<Examination, 'version'> {
  const confusion = Array.from({ length: outputs * outputs }, () => 0);
  const mistakes: Examination['mistakes'][number][] = [];
  for (let sample = 0; sample < count; sample++) {
    const truth = labels[sample]!;
    const row = values.subarray(sample * outputs, (sample + 1) * outputs);
    const said = row.indexOf(Math.max(...row));
    if (said < 0) continue;
    confusion[truth * outputs + said]!++;
    if (said !== truth) mistakes.push({ sample, truth, said, confidence: row[said]! });
  }
  mistakes.sort((a, b) => b.confidence - a.confidence || a.sample - b.sample);
  return { confusion, mistakes: mistakes.slice(0, MOST_MISTAKES) };
}
