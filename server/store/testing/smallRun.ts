// A small run of three devices, with restarts, checkpoints and evaluations, left as a SIGKILL leaves it; and what is read
// back of it. For tests of what damage does.

import { cpSync, rmSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { initialParameters } from '../../../shared/engine/initialParameters.ts';
import { createRandom } from '../../../shared/random.ts';
import { createCoordinator, restoreCoordinator } from '../../../shared/federation/coordinator.ts';
import { LOAD_JOIN, loadHeader } from '../../testing/loadDevice.ts';
import { TINY_TASK, TINY_TENSOR_SIZES, tinyRun } from '../../testing/tinyTask.ts';
import { createSelector } from '../../../shared/selection/createSelector.ts';
import {
  openDurableCoordinator,
  type DurableCoordinator,
  type DurableCoordinatorOptions,
} from '../durableCoordinator.ts';
import { findRun } from '../foundRun.ts';
import { CheckpointError } from '../checkpointError.ts';
import { damagedError } from '../loss.ts';
import { createReplay } from '../replay.ts';
import { claimFolder, readManifest } from '../runManifest.ts';
import { nodeDisk } from '../nodeDisk.ts';

const NUM_PARAMETERS = TINY_TENSOR_SIZES.reduce((sum, size) => sum + size, 0);
const CONFIG = tinyRun('small');
const USUAL_EVENTS_PER_OPENING = 22;

/** Made once: whoever flips bits opens the run hundreds of times. */
const selectScheme = createSelector(TINY_TASK.model, { batch: CONFIG.localWork.batch });

/** `config`: as the run was begun, where that is not today's. */
export function smallRunOptions(folder: string, config = CONFIG): DurableCoordinatorOptions {
  const { model } = TINY_TASK;
  const deps = { config, model, selectScheme };
  let nowMs = 0;
  return {
    folder,
    clock: () => nowMs++,
    create: () => createCoordinator({ ...deps, parameters: initialParameters(model, config.seed) }),
    restore: (snapshot) => restoreCoordinator(snapshot, deps),
  };
}

export function claimSmallRun(folder: string): readonly string[] {
  return claimFolder(folder, { config: CONFIG, data: TINY_TASK.dealing });
}

/** Opens it anew each time; the checkpoints lie in the second and the third opening. Resolves with all that was acknowledged. */
export async function makeSmallRun(
  folder: string,
  seed: number,
  eventsPerOpening = USUAL_EVENTS_PER_OPENING,
): Promise<RunFound> {
  const random = createRandom(seed);
  const work = `${folder}-work`;
  claimSmallRun(work);
  for (let opening = 0; opening < 4; opening++) {
    const run = await openDurableCoordinator(smallRunOptions(work));
    for (let k = 0; k < eventsPerOpening; k++) {
      await causeEvent(
        run,
        `d${k < 3 ? k : random.integer(3)}`,
        k < 6 ? Math.floor(k / 3) : 2,
        random.normal,
      );
      if (k % 7 === 6) {
        const { version } = run.coordinator;
        run.store.evaluations.append(
          await run.noteEvaluation({ version, score: 0.5 + version / 100, accuracy: 0.5, loss: 1 }),
        );
      }
      if (k === 9 && (opening === 1 || opening === 2)) await run.checkpoint();
    }
    if (opening === 3) cpSync(work, folder, { recursive: true });
    await run.close();
  }
  rmSync(work, { recursive: true });
  const found = readSmallRun(folder);
  if (found.kind !== 'whole') throw new Error(`internal: the small run is ${found.message}`);
  return found;
}

async function causeEvent(
  run: DurableCoordinator,
  deviceId: string,
  what: number,
  normal: () => number,
): Promise<void> {
  const held = TINY_TENSOR_SIZES.map(() => -1);
  const { device } = LOAD_JOIN;
  const assignmentId = run.coordinator.openAssignment(deviceId) || 'none';
  const delta = Float32Array.from({ length: NUM_PARAMETERS }, () => normal() * 0.01);
  const header = loadHeader(assignmentId, TINY_TENSOR_SIZES.length);
  const effects = await run.handle(
    what === 0
      ? { kind: 'deviceJoined', deviceId, budgetBytes: 4_000_000, device }
      : what === 1
        ? { kind: 'deviceReady', deviceId, held }
        : { kind: 'updateReceived', deviceId, header, delta },
  );
  for (const effect of effects)
    if (effect.kind === 'stepped') run.store.metrics.append({ ...effect.record, score: -1, accuracy: -1 });
}

export interface RunFound {
  readonly kind: 'whole';
  /** All that a restart must find again. */
  readonly state: unknown;
  readonly numAccepted: number;
}

export interface RunTold {
  readonly kind: 'told';
  readonly message: string;
}

/** What the next start would find, without changing anything. Throws what is no sentence for the person who starts it. */
export function readSmallRun(folder: string): RunFound | RunTold {
  try {
    const manifest = readManifest(folder);
    if (manifest === null) return { kind: 'told', message: `there is no run in ${folder}` };
    const steps: unknown[] = [];
    const evaluations: unknown[] = [];
    const { replay, state, numAccepted } = createReplay({
      ...smallRunOptions(folder),
      onStep: (step) => steps.push(step.version),
      onEvaluation: (evaluation) => evaluations.push(evaluation),
    });
    const found = findRun(nodeDisk, folder, replay);
    const damaged = damagedError(found);
    if (damaged) throw damaged;
    // What a start would write again.
    steps.push(
      ...found
        .dueSteps()
        .replayed.slice(Math.max(0, found.steps.numLines - found.dueSteps().least))
        .map(({ version }) => version),
    );
    evaluations.push(
      ...found.dueEvaluations.replayed.slice(
        Math.max(0, found.evaluations.numLines - found.dueEvaluations.least),
      ),
    );
    const { coordinator, ledger } = state();
    const all = structuredClone({ manifest, snapshot: coordinator.snapshot(), ledger, steps, evaluations });
    return { kind: 'whole', state: all, numAccepted: numAccepted() };
  } catch (error) {
    if (error instanceof CheckpointError) return { kind: 'told', message: error.message };
    throw error;
  }
}

/** Whether all that was acknowledged is there, or the person is told what is not. */
export function isSameOrTold(found: RunFound | RunTold, before: RunFound): boolean {
  return found.kind === 'told' || isDeepStrictEqual(found.state, before.state);
}
