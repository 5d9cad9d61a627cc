// What local work of a scheme takes on a device, from its plan: FLOPs, memory, bytes to send. Planned once for each scheme
// and budget. Knows nothing of time.

import type { Upload } from '../engine/messageRoom.ts';
import type { ModelSpec } from '../engine/model.ts';
import { PAGE_BYTES, planTraining } from '../engine/planTraining.ts';
import { trainedSlices, type UpdateScheme } from '../engine/scheme.ts';
import { modelOfScheme } from '../engine/schemeModel.ts';
import { probeBatches } from '../localWork/runProbe.ts';
import { countSteps } from '../localWork/shard.ts';
import type { LocalWork } from '../contract/messages.ts';

export interface PlannedWork {
  readonly deviceBytes: number;
  readonly stepBytes: number;
  readonly allocatedBytes: number;
  /** Elements of each scheme entry, as the update carries them. */
  readonly entrySizes: readonly number[];
  /** Local steps over so many samples; `maxSteps`: of the assignment, where it is not the run's. */
  stepsOf(numSamples: number, maxSteps?: number): number;
  /** A step of fewer samples than the batch takes its share, as devices that are held to a speed reckon. */
  flopsOf(numSamples: number, maxSteps?: number): number;
  /** Of a probe in at most so many batches. */
  probeFlopsOf(numSamples: number, numBatches: number): number;
}

/** Plans as devices do: the fastest form that fits the budget. Throws BudgetError where none does. */
export function createWorkPlanner(
  model: ModelSpec,
  { batch, epochs, maxSteps }: LocalWork,
  upload?: Upload,
): (scheme: UpdateScheme, budgetBytes: number) => PlannedWork {
  const known = new Map<string, PlannedWork>();
  const keys = new WeakMap<UpdateScheme, string>();

  function keyOf(scheme: UpdateScheme): string {
    // Where the window of a width slice lies makes no difference to its plan.
    const key = keys.get(scheme) ?? JSON.stringify([scheme.width?.ratio, scheme.entries]);
    keys.set(scheme, key);
    return key;
  }

  function planWork(scheme: UpdateScheme, budgetBytes: number): PlannedWork {
    const planned = modelOfScheme(model, scheme);
    const plan = planTraining(planned, scheme, { batch, budgetBytes, ...(upload && { upload }) });
    const slices = trainedSlices(planned, scheme);
    const stepsOf = (numSamples: number, most = maxSteps): number =>
      countSteps(numSamples, batch, epochs, most);
    return {
      deviceBytes: plan.deviceBytes,
      stepBytes: plan.stepBytes,
      allocatedBytes: plan.pages * PAGE_BYTES,
      entrySizes: slices.map(({ size }) => size),
      stepsOf,
      flopsOf: (numSamples, most) =>
        (plan.flopsPerStep * countTrained(numSamples, batch, stepsOf(numSamples, most))) / batch,
      probeFlopsOf(numSamples, numBatches) {
        const { size, count } = probeBatches(numSamples, batch, numBatches);
        return (plan.flopsPerStep * size * count) / batch;
      },
    };
  }

  return (scheme, budgetBytes) => {
    const key = `${budgetBytes} ${keyOf(scheme)}`;
    const work = known.get(key) ?? planWork(scheme, budgetBytes);
    known.set(key, work);
    return work;
  };
}

/** Samples that go through so many steps, the last step of each epoch taking what is left. */
export function countTrained(numSamples: number, batch: number, steps: number): number {
  const perEpoch = Math.ceil(numSamples / batch);
  return Math.floor(steps / perEpoch) * numSamples + Math.min((steps % perEpoch) * batch, numSamples);
}
