import { expect, test } from 'vitest';
import { parseSimulationConfig, type SimulationInput } from './simulationConfig.ts';
import { createVirtualDevices, slowClassesOf } from './virtualDevices.ts';
import type { DeviceClass } from './world.ts';

function deviceClass(name: string, share: number, speedSpread = 0): DeviceClass {
  return {
    name,
    share,
    budgetBytes: 1_000_000,
    flopsPerSecond: 1e9,
    speedSpread,
    network: { latencyMs: 1, downKBps: 100, upKBps: 50 },
    networkSpread: 0,
  };
}

/** Device i has 10 samples, all of class i % 10. */
const NUM_DEVICES = 200;
const LABELS = Uint8Array.from({ length: NUM_DEVICES * 10 }, (_, sample) => Math.floor(sample / 10) % 10);
const SHARDS = Array.from({ length: NUM_DEVICES }, (_, device) =>
  Uint32Array.from({ length: 10 }, (_, i) => 10 * device + i),
);

const TIED = { share: 0.3, factor: 10, tiedTo: 'labels' } as const;

function configure(changes: Partial<SimulationInput>) {
  return parseSimulationConfig({
    task: 'digits',
    devices: NUM_DEVICES,
    seed: 3,
    world: { classes: [deviceClass('a', 1), deviceClass('b', 3, 0.5)] },
    stop: { updates: 1 },
    ...changes,
  });
}

function create(changes: Partial<SimulationInput> = {}) {
  return createVirtualDevices(configure(changes), SHARDS, LABELS);
}

test('classes have their shares, and speeds their spread', () => {
  const devices = create();
  expect(devices.filter((device) => device.deviceClass.name === 'a').length).toBe(50);
  const logs = devices
    .filter((device) => device.deviceClass.name === 'b')
    .map((device) => Math.log(device.flopsPerSecond / 1e9));
  const deviation = Math.sqrt(logs.reduce((sum, log) => sum + log * log, 0) / logs.length);
  // Three standard errors of a deviation of 150 draws.
  expect(Math.abs(deviation - 0.5)).toBeLessThan(3 * (0.5 / Math.sqrt(2 * 150)));
});

test('the same seed gives the same devices whatever the strategy, another seed others', () => {
  const traits = (devices: ReturnType<typeof create>) =>
    devices.map((device) => [device.flopsPerSecond, device.stragglerFactor, device.deviceClass.name]);
  const stragglers = { share: 0.5, factor: 4 };
  expect(traits(create({ stragglers, strategy: 'fedavg' }))).toEqual(traits(create({ stragglers })));
  expect(traits(create({ stragglers, seed: 4 }))).not.toEqual(traits(create({ stragglers })));
});

test('stragglers are as many and as slow as asked for', () => {
  const devices = create({
    stragglers: { share: 0.9, factor: 10 },
    world: { classes: [deviceClass('a', 1)] },
  });
  const slow = devices.filter((device) => device.stragglerFactor === 10);
  expect(slow.length).toBe(180);
  expect(new Set(slow.map((device) => device.flopsPerSecond))).toEqual(new Set([1e8]));
  // Each class of the task is among the 20 others about twice, and none makes up half of them.
  const fast = devices.filter((device) => device.stragglerFactor === 1);
  const counts = Array.from({ length: 10 }, (_, label) => fast.filter(({ index }) => index % 10 === label));
  expect(Math.max(...counts.map((of) => of.length))).toBeLessThan(10);
});

test('tied to labels, stragglers are those who hold some classes of the task', () => {
  const devices = create({ stragglers: TIED });
  const slow = devices.filter((device) => device.stragglerFactor > 1);
  expect(slow.length).toBe(60);
  const classes = new Set(slow.map(({ index }) => index % 10));
  expect(classes.size).toBe(3);
  expect(slowClassesOf(configure({ stragglers: TIED }), LABELS)).toEqual([...classes].sort());
  expect(slowClassesOf(configure({ stragglers: { ...TIED, tiedTo: 'nothing' } }), LABELS)).toEqual([]);
  expect(slowClassesOf(configure({}), LABELS)).toEqual([]);
});

test('a cap takes from those who have more, and gives nobody any', () => {
  const world = { classes: [deviceClass('a', 1), { ...deviceClass('b', 1), budgetBytes: 200_000 }] };
  const budgets = (changes: Partial<SimulationInput>) =>
    [...new Set(create({ world, ...changes }).map((device) => device.budgetBytes))].sort((x, y) => x - y);
  expect(budgets({})).toEqual([200_000, 1_000_000]);
  expect(budgets({ budgetCapBytes: 500_000 })).toEqual([200_000, 500_000]);
});
