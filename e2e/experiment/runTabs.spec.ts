import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createTaskOpener } from '../../server/data/openTask.ts';
import { writeTaskFile } from '../../server/data/testing/writeTaskFile.ts';
import { openSimulation } from '../../server/simulate/openSimulation.ts';
import { parseSimulationConfig } from '../../shared/simulate/simulationConfig.ts';
import { parseWorld } from '../../shared/simulate/world.ts';
import { parseProfiles } from '../fleet/deviceProfile.ts';
import { measureTimeToTarget } from './timeToTarget.ts';

const PROFILES = [
  {
    name: 'phone',
    budgetBytes: 1_048_576,
    flopsPerSecond: 2e9,
    network: { latencyMs: 5, downKBps: 5000, upKBps: 5000 },
    share: 2,
  },
  {
    name: 'sensor',
    budgetBytes: 262_144,
    flopsPerSecond: 2e8,
    network: { latencyMs: 5, downKBps: 5000, upKBps: 5000 },
    share: 1,
    stragglers: { share: 1, factor: 2 },
  },
];

test("real tabs train a simulation's configuration to its target, and all end with it", async () => {
  const config = parseSimulationConfig({
    task: 'digits',
    devices: 3,
    seed: 3,
    strategy: 'ftte',
    buffer: 2,
    samplesPerDevice: 32,
    localWork: { batch: 8, epochs: 1, maxSteps: 4, learningRate: 0.03 },
    world: parseWorld(PROFILES),
    target: 0.15,
    stop: { untilTarget: true },
  });
  const result = await measureTimeToTarget(config, 'ftte', 60, {
    profiles: parseProfiles(PROFILES),
    dataDir: '',
    signal: AbortSignal.timeout(120_000),
  });
  expect(result).toMatchObject({ strategy: 'ftte', seed: 3 });
  expect(result.timeToTarget).toBeGreaterThanOrEqual(0);
  expect(result.timeToTarget).toBeLessThanOrEqual(result.seconds);
  expect(result.updates).toBeGreaterThanOrEqual(2 * result.versions);
  expect(result.deviceBytes).toBeLessThanOrEqual(1_048_576);
  expect(result.payloadBytes).toBeGreaterThan(0);
});

test('and that of a task file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-tabs-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const value = {
    task: writeTaskFile(folder, { rows: 200 }),
    devices: 2,
    seed: 1,
    buffer: 2,
    samplesPerDevice: 20,
    world: parseWorld(PROFILES.slice(0, 1)),
    target: 0.3,
    stop: { untilTarget: true },
  };
  const { config, ownTask } = await openSimulation(value, createTaskOpener(''));
  const result = await measureTimeToTarget(config, 'ftte', 60, {
    profiles: parseProfiles(PROFILES.slice(0, 1)),
    dataDir: '',
    ownTask,
    signal: AbortSignal.timeout(120_000),
  });
  expect(result.timeToTarget).toBeGreaterThanOrEqual(0);
  expect(result.finalAccuracy).toBeGreaterThanOrEqual(0.3);
});
