// A tensor's server step by somebody's own strategy: what it is handed, made of what the coordinator has. Pure as far as that is.

import { mixSeed } from '../../random.ts';
import type { ParameterSpec } from '../../engine/model.ts';
import { spreadDelta } from '../../contract/delta.ts';
import type { Contribution } from '../policies/aggregateTensor.ts';
import { checkKept } from './kept.ts';
import type { ContributionToCombine, Kept, OwnRules } from './ownStrategy.ts';
import { callOwn, describeReturn, originOf, splitAnswer, wrongReturn } from './wrongReturn.ts';

export interface OwnCombining {
  readonly rules: OwnRules;
  readonly tensor: ParameterSpec;
  readonly version: number;
  readonly values: Float32Array;
  readonly contributions: readonly (Contribution & {
    readonly deviceId: string;
    readonly staleness: number;
  })[];
  readonly serverLearningRate: number;
  readonly usual: () => Float32Array;
  /** Of the run. */
  readonly seed: number;
  readonly kept: Kept | undefined;
}

/** The tensor's next values, and what the next call is handed. Throws RangeError for an answer that is no such tensor. */
export function ownCombine(combining: OwnCombining): {
  readonly values: Float32Array;
  readonly kept: Kept | undefined;
} {
  const { rules, tensor, values: before, contributions, ...rest } = combining;
  const origin = originOf(rules, 'combine');
  const { name, shape, size } = tensor;
  const handed = Object.freeze({
    ...rest,
    name,
    shape,
    values: before.slice(),
    contributions: contributions.map((each) => contributionOf(each, size)),
    seed: mixSeed(rest.seed, rest.version),
  });
  const answer = splitAnswer(
    callOwn(origin, () => rules.combine!(handed)),
    'values',
  );
  const { value } = answer;
  const expected = `a Float32Array of ${size} finite numbers (${name}), or { values, kept }`;
  if (!(value instanceof Float32Array) || value.length !== size)
    throw wrongReturn(origin, '', expected, describeReturn(value));
  const wrong = value.findIndex((each) => !Number.isFinite(each));
  if (wrong >= 0) throw wrongReturn(origin, '', expected, `${value[wrong]} at ${wrong}`);
  return { values: value, kept: 'kept' in answer ? checkKept(answer.kept, origin) : combining.kept };
}

function contributionOf(
  {
    deviceId,
    staleness,
    samples,
    weight,
    scale,
    stretches,
    ...brought
  }: OwnCombining['contributions'][number],
  size: number,
): ContributionToCombine {
  const delta = new Float32Array(size);
  const values = spreadDelta(brought);
  const isWhole = values.length === size;
  const covers = isWhole ? null : new Uint8Array(size);
  let from = 0;
  for (const { start, length } of stretches) {
    for (let i = 0; i < length; i++) delta[start + i] = values[from + i]! * scale;
    covers?.fill(1, start, start + length);
    from += length;
  }
  return { deviceId, staleness, samples, weight, delta, covers };
}
