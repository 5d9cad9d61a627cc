// The strategies known by name: plain data, any field of which may be overridden. Knows nothing of how they are run.
//
// - ftte             many stragglers, tight memory: buffered, weighed by age and variance, partial models (arXiv 2510.03165;
//                    the weight is ours, docs/architecture.md)
// - fedbuff          many stragglers, whole models: buffered, weighed by age (arXiv 2106.06639)
// - fedasync         every update steps at once (arXiv 1903.03934) and moves by its delta
// - fedasync-mixing  the same in the paper's own form, which mixes models
// - fedavg           equal and reliable devices: synchronous cohorts (arXiv 1602.05629)

import type { PayloadEncoding, SubsetPolicy } from '../settings/values.ts';
import { resolveStrategy, type GivenStrategy, type Strategy } from './config.ts';

/** What a strategy brings with it. */
export interface Preset {
  /** As people write it. */
  readonly title: string;
  readonly strategy: GivenStrategy & { readonly name: string };
  readonly subset: SubsetPolicy;
  readonly encoding: PayloadEncoding;
}

const NO_DEADLINE = 0;
const NO_CAP = Number.MAX_SAFE_INTEGER;

/** Of what is as published: all of the model, float32 both ways. */
const WHOLE: Omit<Preset, 'title' | 'strategy'> = {
  subset: { kind: 'full' },
  encoding: { up: { kind: 'float32' }, down: 'float32' },
};

const FTTE: Preset = {
  title: 'FTTE',
  strategy: {
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
    maxSamples: 1000,
  },
  subset: { kind: 'weakest', floorBytes: 0 },
  // docs/method.md, "Payload".
  encoding: { up: { kind: 'topK', share: 0.1 }, down: 'int8' },
};

/** As published, clipping aside: every update counts alike whatever its samples, (1/K) sum s delta. */
const FED_BUFF: Preset = {
  title: 'FedBuff',
  ...WHOLE,
  strategy: {
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
    maxSamples: 1,
  },
};

/** The delta form: FedBuff with a buffer of one. */
const FED_ASYNC: Preset = {
  title: 'FedAsync',
  ...WHOLE,
  strategy: {
    ...FED_BUFF.strategy,
    name: 'fedAsync',
    trigger: { kind: 'buffer', size: 1, deadlineMs: NO_DEADLINE },
    serverLearningRate: 0.6,
    maxStaleness: 1000,
  },
};

/** As published, clipping aside: w = (1 - alpha s) w + alpha s w_k; alpha = serverLearningRate. */
const FED_ASYNC_MIXING: Preset = {
  title: 'FedAsync (mixing)',
  ...WHOLE,
  strategy: { ...FED_ASYNC.strategy, name: 'fedAsyncMixing', form: 'mixing' },
};

/** As published, clipping aside: the mean of the cohort's models, weighed by their samples. */
const FED_AVG: Preset = {
  title: 'FedAvg',
  ...WHOLE,
  strategy: {
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
    maxSamples: NO_CAP,
  },
};

/** By the name that is chosen by. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  ftte: FTTE,
  fedbuff: FED_BUFF,
  fedasync: FED_ASYNC,
  'fedasync-mixing': FED_ASYNC_MIXING,
  fedavg: FED_AVG,
};
export const STRATEGY_CHOICES: readonly string[] = Object.keys(PRESETS);

/** With what is usual of all strategies. */
export const ftte: Strategy = resolveStrategy(FTTE.strategy);
export const fedBuff: Strategy = resolveStrategy(FED_BUFF.strategy);
export const fedAsync: Strategy = resolveStrategy(FED_ASYNC.strategy);
export const fedAsyncMixing: Strategy = resolveStrategy(FED_ASYNC_MIXING.strategy);
export const fedAvg: Strategy = resolveStrategy(FED_AVG.strategy);

export const STRATEGIES: readonly Strategy[] = [ftte, fedBuff, fedAsync, fedAsyncMixing, fedAvg];

/** The strategy of that name with some fields replaced. Throws RangeError listing the known names. */
export function findStrategy(name: string, overrides: GivenStrategy = {}): Strategy {
  const strategy = STRATEGIES.find((candidate) => candidate.name === name);
  if (!strategy)
    throw new RangeError(
      `strategy must be one of ${STRATEGIES.map((s) => s.name).join(', ')}, got "${name}"`,
    );
  return resolveStrategy({ ...strategy, ...overrides });
}

/** What the name chooses by, of a strategy known by one; else the strategy's own name. */
export function presetNameOf({ name }: Pick<Strategy, 'name'>): string {
  return STRATEGY_CHOICES.find((choice) => PRESETS[choice]!.strategy.name === name) ?? name;
}

/** For people: the preset's title of a strategy known by name, else the strategy's own name. */
export function titleOf(strategy: Pick<Strategy, 'name'>): string {
  return PRESETS[presetNameOf(strategy)]?.title ?? strategy.name;
}
