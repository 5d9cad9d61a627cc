// The personal model in a tab: the newest global one, fetched and fine-tuned on the own samples. What is kept of it is what was
// added to those few tensors.

import { trainedSlices } from '../../../shared/engine/scheme.ts';
import { trainPersonal, type TrainPersonalOptions } from '../../../shared/localWork/personalModel.ts';
import type { PersonalState } from '../ownData.ts';
import { loadNewest, NO_MODEL_HELD } from './newestModel.ts';
import type { OwnEngine } from './ownHost.ts';

export interface PersonalModel {
  readonly run: string;
  /** Of the global model that it was made from. */
  readonly version: number;
  readonly trains: PersonalState['trains'];
  /** The tensors that differ, and by what: personal minus global. */
  readonly tensors: readonly number[];
  readonly deltas: readonly Float32Array[];
  /** Share of right answers on the held-out samples; -1 where there are none. */
  readonly globalAccuracy: number;
  readonly personalAccuracy: number;
}

export interface FineTuneOptions extends TrainPersonalOptions {
  readonly run: string;
  readonly trains: PersonalState['trains'];
  readonly engine: OwnEngine;
}

/**
 * The trainer comes with nothing loaded. Null when aborted. Rejects where the model cannot be had, and with DivergenceError where
 * nothing can be learnt.
 */
export async function fineTune(options: FineTuneOptions): Promise<PersonalModel | null> {
  const { trainer, run, trains, engine, signal } = options;
  const newest = await loadNewest(trainer, NO_MODEL_HELD, [], engine, () => !signal.aborted);
  if (!newest) return null;
  const trained = await trainPersonal(options);
  if (!trained) return null;
  const { delta, globalAccuracy, personalAccuracy } = trained;
  const slices = trainedSlices(trainer.plan.model, trainer.plan.scheme);
  let end = 0;
  return {
    run,
    version: newest.version,
    trains,
    tensors: slices.map(({ parameter }) => parameter),
    deltas: slices.map(({ size }) => delta.slice(end, (end += size))),
    globalAccuracy,
    personalAccuracy,
  };
}
