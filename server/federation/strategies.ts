// The strategies known by name: plain data, any field of which may be overridden. Knows nothing of how they are run.
//
// - ftte      many stragglers, tight memory: buffered, weighed by age and variance, partial models (arXiv 2510.03165;
//             the weight is ours, docs/architecture.md)
// - fedBuff   many stragglers, whole models: buffered, weighed by age (arXiv 2106.06639)
// - fedAsync  every update steps at once (arXiv 1903.03934): `fedAsync` moves by its delta, `fedAsyncMixing` mixes models
// - fedAvg    equal and reliable devices: synchronous cohorts (arXiv 1602.05629)

import type { Strategy } from './config.ts';

const NO_DEADLINE = 0;
/** Of all presets: what protects a run is no strategy's extra. 0, none, is for baselines as published. */
const USUAL_CLIP = 1.5;
const NO_CAP = Number.MAX_SAFE_INTEGER;

export const ftte: Strategy = {
  name: 'ftte',
  trigger: { kind: 'buffer', size: 5, deviceShare: 0.25, deadlineMs: 10_000 },
  age: { exponent: 0.5 },
  variance: { kind: 'coordinates', exponent: 0.5 },
  coverageExponent: 0,
  normalisation: 'absolute',
  kappa: 0.25,
  serverLearningRate: 1,
  form: 'delta',
  maxStaleness: 200,
  clipMultiple: USUAL_CLIP,
  maxSamples: 1000,
};

/** As published, clipping aside: every update counts alike whatever its samples, (1/K) sum s delta. */
export const fedBuff: Strategy = {
  name: 'fedBuff',
  trigger: { kind: 'buffer', size: 10, deadlineMs: NO_DEADLINE },
  age: { exponent: 0.5 },
  variance: { kind: 'none', exponent: 0 },
  coverageExponent: 0,
  normalisation: 'absolute',
  kappa: 0,
  serverLearningRate: 1,
  form: 'delta',
  maxStaleness: 200,
  clipMultiple: USUAL_CLIP,
  maxSamples: 1,
};

/** The delta form: FedBuff with a buffer of one. */
export const fedAsync: Strategy = {
  ...fedBuff,
  name: 'fedAsync',
  trigger: { kind: 'buffer', size: 1, deadlineMs: NO_DEADLINE },
  serverLearningRate: 0.6,
  maxStaleness: 1000,
};

/** As published, clipping aside: w = (1 - alpha s) w + alpha s w_k; alpha = serverLearningRate. */
export const fedAsyncMixing: Strategy = { ...fedAsync, name: 'fedAsyncMixing', form: 'mixing' };

/** As published, clipping aside: the mean of the cohort's models, weighed by their samples. */
export const fedAvg: Strategy = {
  name: 'fedAvg',
  trigger: { kind: 'cohort', size: 10, deadlineMs: NO_DEADLINE },
  age: { exponent: 0 },
  variance: { kind: 'none', exponent: 0 },
  coverageExponent: 0,
  normalisation: 'absolute',
  kappa: 0,
  serverLearningRate: 1,
  form: 'delta',
  maxStaleness: 0,
  clipMultiple: USUAL_CLIP,
  maxSamples: NO_CAP,
};

export const STRATEGIES: readonly Strategy[] = [ftte, fedBuff, fedAsync, fedAsyncMixing, fedAvg];

/** The strategy of that name with some fields replaced. Throws RangeError listing the known names. */
export function findStrategy(name: string, overrides: Partial<Strategy> = {}): Strategy {
  const strategy = STRATEGIES.find((candidate) => candidate.name === name);
  if (!strategy)
    throw new RangeError(
      `strategy must be one of ${STRATEGIES.map((s) => s.name).join(', ')}, got "${name}"`,
    );
  return { ...strategy, ...overrides };
}
