// Somebody's own strategy in a server step: every update is weighed by it, every tensor that was trained is combined by it.
// Without those functions the step is as usual.

import { parametersOf, type ModelSpec } from '../../engine/model.ts';
import { fullScheme, type SchemeEntry } from '../../engine/scheme.ts';
import { mixSeed } from '../../random.ts';
import type { Strategy } from '../config.ts';
import type { Contribution } from '../policies/aggregateTensor.ts';
import type { Block, BufferedUpdate } from '../state.ts';
import { ownCombine } from './ownCombine.ts';
import type { Kept, OwnRules } from './ownStrategy.ts';
import { ownWeigh } from './ownWeigh.ts';

/** The run's seed, and what `weigh` has kept. */
export interface OwnStep {
  readonly rules: OwnRules;
  readonly seed: number;
  readonly kept: Kept | undefined;
}

interface Weighed {
  readonly buffered: BufferedUpdate;
  readonly samples: number;
  readonly weight: number;
}

/** The updates with its weights, in the order in which they came: what `weigh` keeps of one it is handed with the next. */
export function weighByOwn<Update extends Weighed>(
  own: OwnStep | null,
  updates: readonly Update[],
  version: number,
): { readonly updates: readonly Update[]; readonly kept?: Kept | undefined } {
  if (!own?.rules.weigh) return { updates };
  let { kept } = own;
  const weighed = updates.map((update) => {
    const { deviceId, baseVersion, steps, trainedShare, noise, lossFirst, lossLast } = update.buffered;
    const staleness = version - 1 - baseVersion;
    const claims = { deviceId, version, staleness, steps, trainedShare, noise, lossFirst, lossLast };
    const answer = ownWeigh(own.rules, { ...claims, samples: update.samples, usual: update.weight, kept });
    kept = answer.kept;
    return { ...update, weight: answer.weight };
  });
  return { updates: weighed, kept };
}

interface Combining {
  readonly block: Block;
  /** Index of the tensor. */
  readonly tensor: number;
  readonly model: ModelSpec;
  readonly version: number;
  readonly contributions: readonly (Contribution & { readonly update: Weighed })[];
  readonly strategy: Strategy;
  readonly usual: () => { readonly values: Float32Array };
}

/** The tensor by it. All of it counts as changed: what devices hold of it is known by that. */
export function combineByOwn(
  { rules, seed }: OwnStep,
  { block, tensor, model, version, contributions, strategy, usual }: Combining,
): { readonly values: Float32Array; readonly slices: readonly SchemeEntry[]; readonly kept?: Kept } {
  const { values, kept } = ownCombine({
    rules,
    tensor: parametersOf(model)[tensor]!,
    version,
    values: block.values,
    contributions: contributions.map(({ update, ...each }) => ({
      ...each,
      deviceId: update.buffered.deviceId,
      staleness: version - 1 - update.buffered.baseVersion,
    })),
    serverLearningRate: strategy.serverLearningRate,
    usual: () => usual().values,
    seed: mixSeed(seed, tensor),
    kept: block.kept,
  });
  return { values, slices: [fullScheme(model).entries[tensor]!], ...(kept !== undefined && { kept }) };
}
