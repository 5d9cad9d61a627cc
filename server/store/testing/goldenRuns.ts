// Two small runs that are kept as an older version wrote them, and what is to be found in them (goldenRuns.test.ts). To write
// them anew, after a change of the folder's format:
//
//     node --import tsx server/store/testing/goldenRuns.ts
//     npm test -- goldenRuns -u

import { createHash } from 'node:crypto';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRandom } from '../../../shared/random.ts';
import { runSettingsOf } from '../../../shared/federation/settings.ts';
import { loadHeader, LOAD_JOIN } from '../../testing/loadDevice.ts';
import { TINY_TENSOR_SIZES, tinyRun } from '../../testing/tinyTask.ts';
import { openDurableCoordinator, type DurableCoordinator, type UntimedEvent } from '../durableCoordinator.ts';
import { claimSmallRun, makeSmallRun, smallRunOptions } from './smallRun.ts';

const FOLDER = fileURLToPath(new URL('./golden', import.meta.url));
/** Four openings, checkpoints in two of them. */
export const RESTARTED = join(FOLDER, 'restarted');
/** One opening without a checkpoint, with an event of every kind. */
export const JOURNALLED = join(FOLDER, 'journalled');

const SEED = 12;
const EVENTS_PER_OPENING = 11;
const NUM_PARAMETERS = TINY_TENSOR_SIZES.reduce((sum, size) => sum + size, 0);
const HELD = TINY_TENSOR_SIZES.map(() => -1);

export function describeState({ coordinator, ledger }: Pick<DurableCoordinator, 'coordinator' | 'ledger'>) {
  const hash = createHash('sha256');
  for (const values of coordinator.parameters) hash.update(new Uint8Array(values.buffer));
  return {
    version: coordinator.version,
    accepted: coordinator.numAccepted,
    parameters: hash.digest('hex'),
    strategy: coordinator.config.strategy.name,
    learningRate: coordinator.config.localWork.learningRate,
    evaluations: ledger.evaluations,
    atMs: ledger.atMs,
    devices: [...ledger.devices].map(([id, { bytesDown, bytesUp, hasLeft, isRemoved }]) => ({
      id,
      openAssignment: coordinator.openAssignment(id),
      bytesDown,
      bytesUp,
      hasLeft,
      isRemoved,
    })),
  };
}

/** Every kind of event at least once; updates with all that a header may hold. */
async function journalEveryKind(run: DurableCoordinator): Promise<void> {
  const random = createRandom(SEED);
  const handle = async (event: UntimedEvent): Promise<void> => {
    for (const effect of await run.handle(event))
      if (effect.kind === 'stepped') run.store.metrics.append({ ...effect.record, score: -1, accuracy: -1 });
  };
  const update = (deviceId: string, change: object = {}): Promise<void> => {
    const header = loadHeader(run.coordinator.openAssignment(deviceId) || 'none', HELD.length);
    const delta = Float32Array.from({ length: NUM_PARAMETERS }, () => random.normal() * 0.01);
    return handle({ kind: 'updateReceived', deviceId, header: { ...header, ...change }, delta });
  };
  const held = {
    held: [0, 0, 0, 0],
    precisions: ['float32', 'float16', 'int8', 'int4'] as const,
    moved: true,
  };
  const width = { ratio: 0.5, offset: 0.25 };
  const { device } = LOAD_JOIN;

  for (const deviceId of ['a', 'b', 'c', 'd'])
    await handle({ kind: 'deviceJoined', deviceId, budgetBytes: 4e6, device, origin: 'o', dealtSamples: 10 });
  for (const deviceId of ['a', 'b', 'c', 'd']) await handle({ kind: 'deviceReady', deviceId, held: HELD });
  await update('a');
  await update('b', { ...held, width, backend: 'wasm-simd' });
  await handle({ kind: 'deviceReady', deviceId: 'c', ...held, width, diverged: true });
  await update('c', { assignmentId: 'none' });
  const header = { assignmentId: 'small-0', product: 0.5, samples: 10, ...held };
  await handle({ kind: 'probeReceived', deviceId: 'a', header });
  await handle({ kind: 'deviceExempted', deviceId: 'b', isExempt: true });
  await handle({ kind: 'deviceLost', deviceId: 'b' });
  await handle({ kind: 'deviceJoined', deviceId: 'b', budgetBytes: 3e6, device });
  await handle({ kind: 'deviceRemoved', deviceId: 'd' });
  await handle({ kind: 'schemeFound', budgetBytes: 3e6, choice: null });
  await handle({ kind: 'clockAdvanced' });
  const { localWork } = tinyRun('small');
  const settings = runSettingsOf({ ...tinyRun('small'), localWork: { ...localWork, learningRate: 0.05 } });
  await handle({ kind: 'settingsChanged', settings });
  await run.noteEvaluation({ version: 1, score: 0.5, accuracy: 0.5, loss: 1 });
  for (const deviceId of ['a', 'b', 'c', 'a', 'c']) {
    await handle({ kind: 'deviceReady', deviceId, held: HELD });
    await update(deviceId);
  }
  await handle({ kind: 'deviceLeft', deviceId: 'c' });
}

async function writeGoldenRuns(): Promise<void> {
  rmSync(FOLDER, { recursive: true, force: true });
  await makeSmallRun(RESTARTED, SEED, EVENTS_PER_OPENING);
  const work = `${JOURNALLED}-work`;
  claimSmallRun(work);
  const run = await openDurableCoordinator(smallRunOptions(work));
  await journalEveryKind(run);
  cpSync(work, JOURNALLED, { recursive: true });
  await run.close();
  rmSync(work, { recursive: true });
  for (const folder of [RESTARTED, JOURNALLED]) rmSync(join(folder, 'lock'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeGoldenRuns();
