import { describe, expect, it } from 'vitest';
import type { Effect } from './events.ts';
import { createScenario, testConfig } from './testing/scenario.ts';

const assigned = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'assign' ? [effect.order.deviceId] : []));

describe('leases', () => {
  it('outlive a lost connection by the grace, so that the returning device can send its delta', () => {
    const scenario = createScenario();
    const order = scenario.start('a');
    scenario.lose('a');
    scenario.wait(4_999);
    scenario.join('a');
    expect(scenario.coordinator.openAssignment('a')).toBe(order.assignmentId);
    expect(scenario.upload(order, 0.1)).toMatchObject({ accepted: true });
  });

  it('end with the grace, and the late update is refused with the newest version', () => {
    const scenario = createScenario();
    const order = scenario.start('a');
    scenario.upload(scenario.start('b'), 0.1);
    scenario.lose('a');
    scenario.wait(5_000);
    expect(scenario.coordinator.openAssignment('a')).toBe('');
    scenario.join('a');
    expect(scenario.upload(order, 0.1)).toMatchObject({ accepted: false, code: 'leaseExpired', version: 1 });
    expect(scenario.orderOf('a').baseVersion).toBe(1);
  });

  it('of a connected device end after leaseMs, without a word from the clock', () => {
    const scenario = createScenario();
    const order = scenario.start('a');
    scenario.nowMs = 60_000;
    expect(scenario.upload(order, 0.1)).toMatchObject({ code: 'leaseExpired' });
  });

  it('cannot be stretched for ever by coming and going', () => {
    const scenario = createScenario();
    scenario.start('a');
    for (let i = 0; i < 30; i++) {
      scenario.lose('a');
      scenario.wait(2_500);
      scenario.join('a');
    }
    expect(scenario.coordinator.openAssignment('a')).toBe('');
  });

  it('end at once when the device leaves, and free its place', () => {
    const scenario = createScenario(testConfig({}, { concurrency: 1 }));
    const order = scenario.start('a');
    scenario.join('b');
    scenario.ready('b');
    expect(assigned(scenario.leave('a'))).toEqual(['b']);
    expect(scenario.upload(order, 0.1)).toMatchObject({ code: 'leaseExpired' });
  });

  it('are given up by a device that is ready though it holds one', () => {
    const scenario = createScenario();
    const order = scenario.start('a');
    scenario.lose('a');
    scenario.join('a');
    expect(assigned(scenario.ready('a'))).toEqual(['a']);
    expect(scenario.upload(order, 0.1)).toMatchObject({ code: 'leaseExpired' });
    expect(scenario.upload(scenario.orderOf('a'), 0.1)).toMatchObject({ accepted: true });
  });

  it('have a wake-up asked for at their end', () => {
    const scenario = createScenario();
    scenario.start('a');
    expect(scenario.effects.at(-1)).toEqual({ kind: 'wakeAt', atMs: 60_000 });
    scenario.nowMs = 100;
    expect(scenario.lose('a')).toEqual([{ kind: 'wakeAt', atMs: 5_100 }]);
    expect(scenario.coordinator.wakeAtMs).toBe(5_100);
  });
});
