import { describe, expect, it } from 'vitest';
import type { GivenStrategy } from './config.ts';
import { createScenario, testConfig, type Scenario } from './testing/scenario.ts';

/** A buffer of K updates. */
function buffering(size: number, strategy: GivenStrategy = {}): Scenario {
  return createScenario(testConfig({ trigger: { kind: 'buffer', size, deadlineMs: 0 }, ...strategy }));
}

/** `turnMs` later the device brings what it was given last. */
function finish(scenario: Scenario, deviceId: string, turnMs: number): void {
  const order = scenario.orderOf(deviceId);
  scenario.nowMs += turnMs;
  expect(scenario.upload(order, 0.1)).toMatchObject({ accepted: true, duplicate: false });
}

function isAtWork(scenario: Scenario, deviceId: string): boolean {
  const { devices } = scenario.coordinator.status();
  return devices.find((device) => device.deviceId === deviceId)!.openAssignment !== '';
}

function startFrom(scenario: Scenario, origin: string, deviceIds: readonly string[]): void {
  for (const id of deviceIds) {
    scenario.join(id, undefined, origin);
    scenario.ready(id);
  }
}

describe('of one device', () => {
  it('there is one update in a buffer that others are about to fill', () => {
    const scenario = buffering(3);
    for (const id of ['fast', 'b', 'c', 'd']) scenario.start(id);
    finish(scenario, 'fast', 100);
    expect(isAtWork(scenario, 'fast')).toBe(false);
    finish(scenario, 'b', 10);
    expect(isAtWork(scenario, 'b')).toBe(false);
    finish(scenario, 'c', 10);
    expect(scenario.coordinator.version).toBe(1);
    for (const id of ['fast', 'b', 'c']) expect(scenario.orderOf(id).baseVersion).toBe(1);
  });

  it('there are more where the others are too few, or leave', () => {
    const few = buffering(3);
    for (const id of ['a', 'b']) few.start(id);
    finish(few, 'a', 100);
    expect(isAtWork(few, 'a')).toBe(true);

    const left = buffering(2);
    for (const id of ['a', 'b']) left.start(id);
    finish(left, 'a', 100);
    expect(isAtWork(left, 'a')).toBe(false);
    left.lose('b');
    expect(isAtWork(left, 'a')).toBe(true);
  });

  it('there are more when the others take twice as long as usual, or are known to', () => {
    const scenario = buffering(2);
    for (const id of ['fast', 'slow']) scenario.start(id);
    finish(scenario, 'fast', 100);
    expect(isAtWork(scenario, 'fast')).toBe(false);
    expect(scenario.coordinator.wakeAtMs).toBe(200);
    scenario.wait(99);
    expect(isAtWork(scenario, 'fast')).toBe(false);
    scenario.wait(1);
    expect(isAtWork(scenario, 'fast')).toBe(true);
    finish(scenario, 'fast', 100);
    expect(scenario.coordinator.version).toBe(1);
    finish(scenario, 'slow', 500);
    // That it is slow is known from its first answer on.
    for (let turn = 0; turn < 20; turn++) {
      expect(isAtWork(scenario, 'fast')).toBe(true);
      finish(scenario, 'fast', turn === 0 ? 0 : 100);
    }
    expect(scenario.coordinator.version).toBeGreaterThan(10);
  });

  it('there is one, however fast it answers, beside those who take five hundred times as long', () => {
    const scenario = buffering(10);
    const slow = Array.from({ length: 20 }, (_, k) => `slow${k}`);
    const dueMs = new Map(slow.map((id, k) => [id, 500 + 25 * k]));
    for (const id of ['fast', ...slow]) scenario.start(id);
    let [begun, ofFast] = [0, 0];
    for (let ms = 1; ms <= 20_000; ms++) {
      scenario.wait(1);
      if (isAtWork(scenario, 'fast')) {
        finish(scenario, 'fast', 0);
        ofFast++;
      }
      for (const [id, atMs] of dueMs) {
        if (atMs > ms || !isAtWork(scenario, id)) continue;
        finish(scenario, id, 0);
        dueMs.set(id, ms + 500);
      }
      // Before, nobody knows how long the others take.
      if (ms === 1000) [begun, ofFast] = [scenario.coordinator.version, 0];
    }
    const versions = scenario.coordinator.version - begun;
    expect(versions).toBeGreaterThan(50);
    expect(ofFast).toBeLessThanOrEqual(versions + 1);
  });

  it('there are as many as come where that is asked for', () => {
    const scenario = buffering(3, { onePerDevice: false });
    for (const id of ['fast', 'b', 'c', 'd']) scenario.start(id);
    finish(scenario, 'fast', 100);
    expect(isAtWork(scenario, 'fast')).toBe(true);
  });
});

describe('of one address', () => {
  it('there is half of a buffer that others are about to fill', () => {
    const scenario = buffering(4);
    startFrom(scenario, 'crowd', ['x1', 'x2', 'x3', 'x4']);
    startFrom(scenario, 'home', ['y1']);
    startFrom(scenario, 'office', ['z1']);
    finish(scenario, 'x1', 100);
    finish(scenario, 'x2', 0);
    // Those who are at work stay so: what they bring counts.
    expect(['x3', 'x4'].map((id) => isAtWork(scenario, id))).toEqual([true, true]);
    scenario.ready('x3');
    expect(isAtWork(scenario, 'x3')).toBe(false);
    scenario.leave('z1');
    expect(isAtWork(scenario, 'x3')).toBe(true);
  });

  it('there is all where nobody else is there: a class behind one address loses nothing', () => {
    const scenario = buffering(4);
    startFrom(scenario, 'class', ['a', 'b', 'c', 'd', 'e', 'f']);
    for (const id of ['a', 'b', 'c']) finish(scenario, id, 10);
    scenario.ready('d');
    expect(isAtWork(scenario, 'd')).toBe(true);
    finish(scenario, 'e', 10);
    expect(scenario.coordinator.version).toBe(1);
  });
});
