// One assignment's work on this device, local training or a probe, told step by step in the state that is shown. Knows
// nothing of where the assignment comes from and where its outcome goes.

import type { Trainer } from '../../shared/engine/trainer.ts';
import { trainLocally } from '../../shared/localWork/localTraining.ts';
import type { Shard, Staging } from '../../shared/localWork/shard.ts';
import type { Assignment, Holding, ProbeHeader, UpdateHeader } from '../../shared/contract/messages.ts';
import type { DeviceParts, ShownState } from './deviceParts.ts';
import type { DeviceOptions } from './deviceState.ts';
import { heldMemory } from './workbench.ts';

/** What an assignment has brought; what the device holds is told besides. */
export type Outcome =
  | {
      readonly header: Omit<UpdateHeader, keyof Holding>;
      /** Lies in the arena. */
      readonly delta: Float32Array;
      /** Elements of each scheme entry. */
      readonly sizes: readonly number[];
    }
  | {
      readonly header: Omit<ProbeHeader, keyof Holding>;
      readonly delta: null;
      readonly sizes: readonly [];
    };

export interface WorkHost {
  readonly options: DeviceOptions;
  readonly parts: Pick<DeviceParts, 'clock' | 'sinceOpenedMs'>;
  readonly shown: ShownState;
}

export interface WorkPlace {
  /** Prepared for the assignment. */
  readonly trainer: Trainer;
  readonly shard: Shard;
  readonly staging: Staging;
  /** What of earlier work did not travel. */
  readonly carried: Float32Array | null;
  readonly signal: AbortSignal;
  /** Called before each step, as local training does. */
  readonly mayGoOn: () => Promise<boolean>;
}

const NUM_LOSSES_SHOWN = 60;

/**
 * Does what the assignment asks for. Resolves with null when aborted, and where a probe cannot be made. Rejects as local
 * training does: with DivergenceError, and with BackendError where the GPU has failed.
 */
export async function performWork(
  assignment: Assignment,
  { carried, ...place }: WorkPlace,
  { options, parts, shown }: WorkHost,
): Promise<Outcome | null> {
  const { assignmentId, localWork, seed } = assignment;
  const { trainer, shard, signal } = place;
  const { clock } = parts;
  const { flopsPerSecond, tempoMs = -1 } = options;
  const bounds = {
    ...place,
    localWork: tempoMs < 0 ? localWork : { ...localWork, tempoMs },
    seed,
    flopsPerSecond,
    slowdown: () => shown.state.pace.slowdown,
    clock,
    stepped(step: number, numSteps: number, stepMs: number) {
      const { joinToFirstStepMs } = shown.state;
      shown.show({
        step,
        numSteps,
        stepMs,
        joinToFirstStepMs: joinToFirstStepMs < 0 ? parts.sinceOpenedMs() : joinToFirstStepMs,
        ...heldMemory(trainer),
      });
    },
  };
  if (assignment.probe) {
    // Its code is fetched where a probe is asked for; where it cannot be had, the probe is given up.
    const code = await import('../../shared/localWork/runProbe.ts').catch(() => null);
    const product = code && (await code.runProbe({ ...bounds, ...assignment.probe }));
    if (signal.aborted || product === null) return null;
    return { header: { assignmentId, product, samples: shard.samples }, delta: null, sizes: [] };
  }
  const { labelCalibration } = localWork;
  const work = { ...bounds, carried };
  const result = await (labelCalibration
    ? (await import('../../shared/localWork/labelCalibration.ts')).trainCalibrated(
        trainLocally,
        work,
        labelCalibration,
      )
    : trainLocally(work));
  if (!result || signal.aborted) return null;
  const { summary, delta } = result;
  const { joinToFirstStepMs, losses, overruns } = shown.state;
  shown.show({
    losses: [...losses, summary.lossLast].slice(-NUM_LOSSES_SHOWN),
    stepMs: summary.stepMs,
    overruns: overruns + summary.overruns,
  });
  return {
    header: {
      ...summary,
      assignmentId,
      backend: trainer.backend,
      ...heldMemory(trainer),
      joinToFirstStepMs,
    },
    delta,
    sizes: trainer.plan.baseIds.map((id) => trainer.plan.tensors[id]!.size),
  };
}
