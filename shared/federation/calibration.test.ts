// What the server remembers of devices: a coordinator that calibrates and weighs by how seldom a device is heard.

import { describe, expect, it } from 'vitest';
import { restoreCoordinator } from './coordinator.ts';
import { runSettingsOf } from './settings.ts';
import {
  createScenario,
  HEAD_BYTES,
  scenarioOf,
  selectByBytes,
  testConfig,
  TINY_MODEL,
  type Scenario,
} from './testing/scenario.ts';

const CONFIG = testConfig({
  trigger: { kind: 'buffer', size: 2, deadlineMs: 0 },
  calibration: { kind: 'ca2fl', maxAge: 50 },
  seldomWindow: 20,
  onePerDevice: 'never',
});
const ZEROS = [12, 3, 6, 2].map((size) => new Float32Array(size));

function begin(config = CONFIG): Scenario {
  const scenario = createScenario(config, ZEROS);
  scenario.start('a');
  scenario.start('b', HEAD_BYTES);
  scenario.start('c');
  return scenario;
}

function send(scenario: Scenario, deviceId: string, value: number): void {
  expect(scenario.upload(scenario.orderOf(deviceId), value)).toMatchObject({ accepted: true });
}

describe('a coordinator that remembers updates', () => {
  it('steps by the mean of what is remembered and what is new', () => {
    const scenario = begin(
      testConfig({
        trigger: { kind: 'buffer', size: 2, deadlineMs: 0 },
        calibration: { kind: 'ca2fl', maxAge: 50 },
      }),
    );
    const last = () => scenario.coordinator.parameters[3]![0]!;
    send(scenario, 'a', 1);
    send(scenario, 'b', 3);
    expect(last()).toBeCloseTo(2, 5);
    send(scenario, 'c', 8);
    send(scenario, 'a', 2);
    // a: 2 - 1 + the mean 2 of 1 and 3; of c nothing is remembered.
    expect(last()).toBeCloseTo(2 + (8 + 3) / 2, 5);
    expect(scenario.coordinator.serverBytes()).toMatchObject({ model: 23 * 4, buffer: 0 });
    expect(scenario.coordinator.serverBytes().cache).toBeGreaterThan(2 * 23 * 4);
  });

  it('weighs an update by how seldom its device is among the newest', () => {
    const scenario = begin(
      testConfig({
        trigger: { kind: 'buffer', size: 3, deadlineMs: 0 },
        seldomWindow: 10,
        onePerDevice: 'never',
      }),
    );
    for (const deviceId of ['a', 'a', 'c']) send(scenario, deviceId, 1);
    const [step] = scenario.effects.filter((effect) => effect.kind === 'stepped');
    expect(step!.record.updates.map(({ weight }) => weight)).toEqual([1, 0.5, 1]);
  });

  it('goes on after a restart as if there had been none', () => {
    const through = begin();
    const until = begin();
    const first = [
      ['a', 0.5],
      ['b', -1],
      ['a', 0.25],
      ['c', 2],
      ['b', 0.125],
    ] as const;
    for (const [deviceId, value] of first) for (const each of [through, until]) send(each, deviceId, value);
    const snapshot = structuredClone(until.coordinator.snapshot());
    const dependencies = { config: CONFIG, model: TINY_MODEL, selectScheme: selectByBytes };
    const after = scenarioOf(restoreCoordinator(snapshot, dependencies));
    after.effects.push(...until.effects);
    for (const [deviceId, value] of [
      ['c', 1],
      ['a', -0.5],
      ['b', 0.75],
    ] as const)
      for (const each of [through, after]) send(each, deviceId, value);
    expect(after.coordinator.version).toBe(4);
    expect(after.coordinator.snapshot()).toEqual(through.coordinator.snapshot());
  });

  it('forgets everything when it is told to stop, and begins anew when it is to go on', () => {
    const scenario = begin();
    send(scenario, 'a', 1);
    send(scenario, 'c', 1);
    const settings = runSettingsOf(CONFIG);
    const strategy = { ...settings.strategy, calibration: { kind: 'none' as const }, seldomWindow: 0 };
    scenario.handle({ kind: 'settingsChanged', atMs: scenario.nowMs, settings: { ...settings, strategy } });
    send(scenario, 'a', 1);
    scenario.handle({ kind: 'settingsChanged', atMs: scenario.nowMs, settings });
    // What waits in the buffer came uncounted, and without its bytes.
    send(scenario, 'c', 1);
    const { cache } = scenario.coordinator.serverBytes();
    send(scenario, 'a', 1);
    send(scenario, 'c', 1);
    expect(scenario.coordinator.serverBytes().cache).toBe(cache + 8 * 4);
  });

  it('mixes no models', () => {
    expect(() =>
      createScenario(testConfig({ form: 'mixing', calibration: { kind: 'ca2fl', maxAge: 5 } })),
    ).toThrow('calibration must be none in the mixing form, got "ca2fl"');
  });
});
