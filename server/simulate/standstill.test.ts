import { afterAll, describe, expect, test, vi } from 'vitest';
import { createComputePool } from './pool/computePool.ts';
import { printSimulation } from '../commands/printSimulation.ts';
import {
  createProgressWatch,
  MAX_UPDATES_TO_TARGET,
  stopReasonOf,
} from '../../shared/simulate/progressWatch.ts';
import { simulate } from './simulate.ts';
import {
  parseSimulationConfig,
  runConfigOf,
  type SimulationInput,
} from '../../shared/simulate/simulationConfig.ts';
import type { World } from '../../shared/simulate/world.ts';

const PHONE: World['classes'][number] = {
  name: 'phone',
  share: 1,
  budgetBytes: 4_000_000,
  flopsPerSecond: 2e9,
  speedSpread: 0,
  network: { latencyMs: 10, downKBps: 4000, upKBps: 2000 },
  networkSpread: 0,
};

function configure(changes: Partial<SimulationInput> = {}): SimulationInput {
  return {
    task: 'digits',
    devices: 4,
    seed: 1,
    samplesPerDevice: 8,
    localWork: { batch: 8, epochs: 1 },
    validationSamples: 25,
    world: { classes: [PHONE] },
    leaseSeconds: 10,
    graceSeconds: 1,
    stop: { updates: 12 },
    ...changes,
  };
}

const pool = createComputePool(1);
afterAll(() => pool.close());
vi.setConfig({ testTimeout: 240_000 });

const endOf = (changes: Partial<SimulationInput>) => simulate(configure(changes), { pool });

describe('what would get nowhere is refused before any work', () => {
  test.each<[string, Partial<SimulationInput>, string]>([
    [
      'a cohort of more devices than there are',
      { strategy: 'fedavg', devices: 5 },
      'the first cohort waits for 10 devices and there are 5',
    ],
    ['nobody at work', { concurrency: 0 }, 'simulation.concurrency: must be at least 1'],
    [
      'an evaluation at every moment',
      { evaluateEverySeconds: 1e-6, stop: { virtualSeconds: 1000 } },
      'evaluateEverySeconds must be at least 0.01',
    ],
    ['more devices than memory holds', { devices: 1e9 }, 'simulation.devices: must be at most 100000'],
    ['local work for days', { localWork: { maxSteps: 1e9 } }, 'localWork.maxSteps: must be at most 100000'],
  ])('%s', async (_name, changes, message) => {
    await expect(endOf(changes)).rejects.toThrow(message);
  });
});

describe('what gets nowhere ends, and says why', () => {
  test.each<[string, Partial<SimulationInput>, string, RegExp]>([
    [
      'local work diverges',
      { localWork: { batch: 8, epochs: 1, learningRate: 1000 } },
      'diverged',
      /the last \d+ updates diverged, after version \d+: .* smaller learning rate than 1000/,
    ],
    [
      'no device has the memory',
      { budgetBytes: 1000 },
      'stalled',
      /4 of 4 devices have no memory for any part of the model \([\d.]+ KiB would do\)/,
    ],
    [
      'a cohort waits for devices that have no memory',
      {
        strategy: 'fedavg',
        buffer: 4,
        world: { classes: [PHONE, { ...PHONE, name: 'sensor', budgetBytes: 1000 }] },
      },
      'stalled',
      /the first cohort waits for 4 devices at once, and 2 of 4 are ready; 2 of 4 devices have no memory/,
    ],
    [
      'a cohort waits for devices that are never there together',
      {
        strategy: 'fedavg',
        buffer: 4,
        world: { classes: [PHONE], churn: { staySeconds: 1, awaySeconds: 50, dropOutShare: 0 } },
      },
      'stalled',
      /no update was accepted in \d+ virtual s.*the first cohort waits for 4 devices at once/,
    ],
    [
      'stragglers never come',
      { stragglers: { share: 1, factor: 1e12 } },
      'stalled',
      /no update was accepted in \d+ virtual s.*4 leases of 10 s ended without an update/,
    ],
    [
      'leases are too short for any update',
      { leaseSeconds: 0.001, graceSeconds: 0.001 },
      'stalled',
      /the last \d+ updates came to nothing.*after the end of their lease; a lease is 0.001 s/,
    ],
    [
      'devices leave before they have trained',
      {
        stragglers: { share: 1, factor: 1e6 },
        world: { classes: [{ ...PHONE, schedule: { staySeconds: 2, awaySeconds: 1 } }] },
      },
      'stalled',
      /no update was accepted in \d+ virtual s.*assignments were interrupted, as devices left/,
    ],
    [
      'time stands still',
      {
        world: {
          classes: [
            {
              ...PHONE,
              flopsPerSecond: 1e20,
              network: { latencyMs: 0, downKBps: 1e20, upKBps: 1e20 },
            },
          ],
        },
        stop: { virtualSeconds: 1 },
      },
      'stalled',
      /virtual time stands still/,
    ],
    [
      'an evaluation at every moment',
      { evaluateEverySeconds: 1e-6 },
      'limit',
      /more evaluations than a simulation may have: one in 0.000001 virtual s/,
    ],
  ])('%s', async (_name, changes, stoppedBy, cause) => {
    const scores: number[] = [];
    const result = await simulate(configure(changes), {
      pool,
      onProgress: ({ score }) => scores.push(score),
    });
    expect(result.cause).toMatch(cause);
    expect(result).toMatchObject({ stoppedBy, partial: false, timeToTarget: null });
    expect(result.finalScore).toBeGreaterThanOrEqual(0);
    expect(scores.every(Number.isFinite)).toBe(true);
  });
});

describe('what looks like it comes to its end', () => {
  test('stale updates are refused, fresh ones go on', async () => {
    const { stoppedBy, cause, refusals } = await endOf({
      strategyFields: { maxStaleness: 0, trigger: { size: 1, deviceShare: 0 } },
    });
    expect(refusals.stale).toBeGreaterThan(0);
    expect([stoppedBy, cause]).toEqual(['updates', null]);
  });

  test('probes that no device can answer', async () => {
    const { stoppedBy, probes } = await endOf({ contributions: 'probes', samplesPerDevice: 1 });
    expect([stoppedBy, probes]).toEqual(['updates', 0]);
  });

  test('updates that never fill the buffer, which is told', async () => {
    const result = await endOf({ buffer: 1000, stop: { updates: 5 } });
    expect(result).toMatchObject({ stoppedBy: 'updates', versions: 0, cause: null });
    expect(printSimulation(result)).toContain('No version came of 5 updates');
    expect(printSimulation(await endOf({ stop: { updates: 5 } }))).not.toContain('No version');
  });

  test('everybody leaves at times', async () => {
    const { stoppedBy } = await endOf({
      world: { classes: [{ ...PHONE, schedule: { staySeconds: 2, awaySeconds: 500 } }] },
    });
    expect(stoppedBy).toBe('updates');
  });
});

function watchOf(changes: Partial<SimulationInput>) {
  const config = parseSimulationConfig(configure(changes));
  return createProgressWatch(config, runConfigOf(config), { failed: { diverged: 0, interrupted: 0 } });
}

test('a target that is out of reach ends a simulation that nothing else would', () => {
  const watch = watchOf({ stop: { untilTarget: true } });
  for (let n = 1; n < MAX_UPDATES_TO_TARGET; n++) watch.accepted(n, 0);
  expect(watch.look(MAX_UPDATES_TO_TARGET, 0)).toBeNull();
  watch.accepted(MAX_UPDATES_TO_TARGET, 0);
  const standstill = watch.look(MAX_UPDATES_TO_TARGET, 0);
  expect(standstill).toEqual({ kind: 'updatesToTarget' });
  expect(stopReasonOf(standstill!, watch.idle)).toBe('limit');
});

test('a buffer that outgrows the memory ends it; a version empties the buffer', () => {
  const watch = watchOf({ buffer: 1e9, stop: { virtualSeconds: 10 } });
  for (let n = 0; n < 2 ** 10; n++) watch.accepted(0, 2 ** 20);
  expect(watch.look(0, 0)).toBeNull();
  watch.stepped();
  watch.accepted(0, 1);
  expect(watch.look(0, 0)).toBeNull();
  watch.accepted(0, 2 ** 30);
  expect(watch.look(0, 0)).toMatchObject({ kind: 'bufferedBytes' });
});

test('an accepted update begins all counts anew', () => {
  const watch = watchOf({});
  for (let n = 0; n < 99; n++) watch.refused('stale');
  expect(watch.look(0, 0)).toBeNull();
  watch.accepted(0, 1);
  for (let n = 0; n < 99; n++) watch.refused('tooLarge');
  expect(watch.look(0, 0)).toBeNull();
  watch.refused('tooLarge');
  const standstill = watch.look(0, 0);
  expect(standstill).toEqual({ kind: 'failures', count: 100 });
  expect(stopReasonOf(standstill!, watch.idle)).toBe('diverged');
});

test('devices may probe one part after the other, each for as long as a lease lasts', () => {
  const [probing, waiting] = [watchOf({}), watchOf({})];
  for (let atMs = 0; atMs <= 100_000; atMs += 10_000) {
    probing.probed(atMs);
    expect(probing.look(atMs, 0)).toBeNull();
  }
  expect(waiting.look(100_000, 0)).toMatchObject({ kind: 'noUpdate', virtualSeconds: 100 });
});
