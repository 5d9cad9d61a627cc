// From a buffer of updates to the next version of the blocks: weights by age, coverage and variance, tensor by tensor.
// Pure. Blocks that nobody trained are the same objects as before.
//
//   s_k = (1 + tau_k)^-a * u_k^b * c_k^g * r_k        u_k per tensor, the others per update; see policies/

import type { ModelSpec, Parameters } from '../engine/model.ts';
import { fullDelta, type Delta } from '../contract/delta.ts';
import type { Strategy } from './config.ts';
import { ageWeight } from './policies/ageWeight.ts';
import { aggregateTensor, type Contribution } from './policies/aggregateTensor.ts';
import { averageTensor } from './policies/averageModel.ts';
import { coverageWeight } from './policies/coverageWeight.ts';
import { lengthenPath } from './policies/freshness.ts';
import { seldomWeights } from './policies/seldomWeight.ts';
import { applyOptimizer, type Moments } from './policies/serverOptimizer.ts';
import { varianceFactors } from './policies/varianceFactors.ts';
import { varianceMeasures } from './policies/varianceMeasures.ts';
import { noteChanges } from './sliceChanges.ts';
import { sliceDelta, slicesOf } from './slices.ts';
import type { Block, BufferedUpdate } from './state.ts';
import type { Kept } from './own/ownStrategy.ts';
import { combineByOwn, weighByOwn, type OwnStep } from './own/ownStep.ts';
import type { Calibrator } from './updateCache.ts';

export interface StepOptions {
  /** How far blocks travel is noted. */
  readonly tracksPaths?: boolean;
  /** Default: deltas count as they came. */
  readonly calibrator?: Calibrator | null;
  readonly own?: OwnStep | null;
}

/** `version`: that of the step. `weights`: s_k of each update, its variance factor averaged over what it trained. */
export function stepBlocks(
  blocks: readonly Block[],
  buffer: readonly BufferedUpdate[],
  version: number,
  strategy: Strategy,
  model: ModelSpec,
  { tracksPaths = false, calibrator = null, own = null }: StepOptions = {},
): { readonly blocks: Block[]; readonly weights: number[]; readonly kept?: Kept | undefined } {
  const seldom = seldomWeights(buffer.map(({ turn }) => turn));
  const usually = buffer.map((update, k) => weighUpdate(update, version, strategy, model, seldom[k]!));
  const { updates, kept } = weighByOwn(own, usually, version);
  const moved = blocks.map((block, tensor): Block => {
    const coverers = updates.flatMap((update) => coverOf(update, tensor));
    if (coverers.length === 0) return block;
    const factors = own?.rules.weigh
      ? coverers.map(() => 1)
      : varianceFactors(
          varianceMeasures(strategy.variance.kind, coverers, block.values.length),
          strategy.variance.exponent,
        );
    const contributions = coverers.map((coverer, i) => {
      const weight = coverer.update.weight * factors[i]!;
      coverer.update.weighted += weight * coverer.size;
      return { ...coverer, weight, ...(calibrator && calibrated(coverer, calibrator)) };
    });
    const usual = () => move(block, contributions, strategy, strategy.kappa * bufferMass());
    const { values, slices, ...beside } = own?.rules.combine
      ? combineByOwn(own, { block, tensor, model, version, contributions, strategy, usual })
      : { ...usual(), slices: coverers.map(({ slice }) => slice) };
    const changes = noteChanges(block.changes, slices, version);
    const path = tracksPaths ? lengthenPath(block.path, block.values, values, version) : block.path;
    return { version, values, changes, path, ...beside };

    function bufferMass(): number {
      if (strategy.normalisation === 'absolute')
        return updates.reduce((sum, { samples }) => sum + samples, 0);
      const covering = contributions.reduce((sum, { samples, weight }) => sum + samples * weight, 0);
      return updates
        .filter((update) => !coverers.some((coverer) => coverer.update === update))
        .reduce((sum, { samples, weight }) => sum + samples * weight, covering);
    }
  });
  return {
    blocks: moved.map((block, tensor) => withAverage(block, blocks[tensor]!, version, strategy)),
    weights: updates.map(({ weighted, size }) => weighted / size),
    kept,
  };
}

/** The block with the mean of its versions, where the strategy asks for one. */
function withAverage(
  block: Block,
  { average, values: before }: Block,
  version: number,
  { averaging }: Strategy,
): Block {
  const { values, version: changed } = block;
  if (averaging > 0)
    return { ...block, average: averageTensor(average ?? before, values, version, changed, averaging) };
  const { average: _none, ...newest } = block;
  return block.average ? newest : block;
}

/** The model as it is scored and given out. */
export function modelOf(blocks: readonly Block[]): Parameters {
  return blocks.map(({ values, average }) => average ?? values);
}

/** The tensor after the step, by the server's optimizer. */
function move(
  { values: current, moments }: Block,
  contributions: readonly Contribution[],
  { normalisation, serverLearningRate, optimizer }: Strategy,
  leastDivisor: number,
): { readonly values: Float32Array; readonly moments?: Moments } {
  if (!optimizer || optimizer.kind === 'plain') {
    const rule = { normalisation, learningRate: serverLearningRate, leastDivisor };
    return { values: aggregateTensor(current, contributions, rule) };
  }
  const proposed = aggregateTensor(current, contributions, { normalisation, learningRate: 1, leastDivisor });
  const covered = contributions.flatMap(({ stretches }) => stretches);
  return applyOptimizer(optimizer, serverLearningRate, current, proposed, covered, moments ?? null);
}

/** Its delta, clipped and calibrated. */
function calibrated(
  { update, slice, scale, ...delta }: ReturnType<typeof coverOf>[number],
  calibrator: Calibrator,
): Delta & { readonly scale: number } {
  return { ...fullDelta(calibrator(update.buffered.deviceId, slice, delta, scale)), scale: 1 };
}

function weighUpdate(
  update: BufferedUpdate,
  version: number,
  strategy: Strategy,
  model: ModelSpec,
  seldom: number,
) {
  const slices = slicesOf(model, update.scheme);
  const staleness = version - 1 - update.baseVersion;
  return {
    buffered: update,
    slices,
    size: slices.reduce((sum, slice) => sum + slice.size, 0),
    samples: Math.min(update.samples, strategy.maxSamples),
    /** Age, coverage and how seldom it is heard. */
    weight:
      ageWeight(staleness, strategy.age) *
      coverageWeight(update.trainedShare, strategy.coverageExponent) *
      seldom,
    /** Sum over the trained elements of s_k. */
    weighted: 0,
  };
}

/** What the update brings to the tensor: nothing, or its slice. */
function coverOf(update: ReturnType<typeof weighUpdate>, tensor: number) {
  const { buffered, slices, samples } = update;
  return slices.flatMap((slice, entry) =>
    slice.tensor !== tensor
      ? []
      : [
          {
            update,
            slice,
            stretches: slice.stretches,
            ...sliceDelta(slice, buffered.delta),
            scale: buffered.scales[entry]!,
            base: buffered.base && buffered.base[entry]!,
            samples,
            steps: buffered.steps,
            noise: buffered.noise,
          },
        ],
  );
}
