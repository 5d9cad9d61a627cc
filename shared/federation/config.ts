// A run as data: strategy, subset policy and local work, all of it there. FTTE, FedBuff, FedAsync and FedAvg are values of one type.
// What each setting means is said in the table (settings/runSettings.ts).

import { RUN_SETTINGS } from '../settings/runSettings.ts';
import { resolve, type Given, type Resolved } from '../settings/setting.ts';
import { STRATEGY_SETTINGS } from '../settings/strategySettings.ts';

export type Strategy = Resolved<typeof STRATEGY_SETTINGS>;

/** As a run begins; its settings may change later. */
export interface RunConfig extends Resolved<typeof RUN_SETTINGS> {
  readonly id: string;
}

/** What of a run may be changed while it goes on. */
export interface RunSettings extends Pick<RunConfig, 'strategy' | 'subset'> {
  /** Of local steps. */
  readonly learningRate: number;
}

/** What is written by hand: what is not there is as usual. */
export type GivenStrategy = Given<typeof STRATEGY_SETTINGS>;
export type GivenRun = Given<typeof RUN_SETTINGS> & Pick<RunConfig, 'id'>;

export function resolveStrategy(given: GivenStrategy): Strategy {
  return resolve(STRATEGY_SETTINGS, given);
}

export function resolveRun({ id, ...given }: GivenRun): RunConfig {
  return { id, ...resolve(RUN_SETTINGS, given) };
}

/** Of a run's manifest, which an older version may have written. */
export function resolveKeptRun(given: GivenRun): RunConfig {
  return resolveRun({ ...given, strategy: { ...UNSAID, ...given.strategy } });
}

/** What older versions left out where it was as usual then, and is not what is usual now. */
const UNSAID = { onePerDevice: false } as const;

/** Of a journal or a checkpoint, which an older version may have written. */
export function resolveSettings(given: {
  readonly strategy: GivenStrategy;
  readonly subset: NonNullable<GivenRun['subset']>;
  readonly learningRate: number;
}): RunSettings {
  const { strategy, subset } = resolve(RUN_SETTINGS, {
    strategy: { ...UNSAID, ...given.strategy },
    subset: given.subset,
  });
  return { strategy, subset, learningRate: given.learningRate };
}
