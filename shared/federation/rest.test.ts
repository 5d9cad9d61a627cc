// The tempo is the server's to hold.

import { describe, expect, it } from 'vitest';
import { createScenario, testConfig } from './testing/scenario.ts';

const K100 = { trigger: { kind: 'buffer', size: 100, deadlineMs: 0 } } as const;

describe('the tempo', () => {
  it('is kept for a device that answers at once: one update of its in the time of one of the others', () => {
    const scenario = createScenario(testConfig(K100, { tempoMs: 2000 }));
    for (const id of ['fast', 'a', 'b']) scenario.start(id);
    const taken: Record<string, number> = { fast: 0, a: 0, b: 0 };
    for (let ms = 0; ms < 20_000; ms += 100) {
      scenario.wait(100);
      const isTime = (ms + 100) % 2000 === 0;
      for (const id of isTime ? ['fast', 'a', 'b'] : ['fast']) {
        if (scenario.coordinator.openAssignment(id) === '') continue;
        const order = scenario.orderOf(id);
        if (scenario.upload(order, 0.1).accepted) taken[id]!++;
      }
    }
    expect(taken).toMatchObject({ a: 10, b: 10 });
    expect(taken['fast']).toBeLessThanOrEqual(11);
  });

  it('has its end asked for, and holds nobody who keeps it', () => {
    const scenario = createScenario(testConfig(K100, { tempoMs: 2000 }));
    const order = scenario.start('a');
    scenario.nowMs += 500;
    scenario.upload(order, 0.1);
    expect(scenario.coordinator.openAssignment('a')).toBe('');
    expect(scenario.coordinator.wakeAtMs).toBe(1900);
    scenario.wait(1400);
    expect(scenario.orderOf('a')).not.toBe(order);
    const next = scenario.orderOf('a');
    scenario.nowMs += 2000;
    scenario.upload(next, 0.1);
    expect(scenario.coordinator.openAssignment('a')).not.toBe('');
  });

  it.each([
    [
      'leaving and coming back',
      (s: ReturnType<typeof createScenario>) => [s.leave('a'), s.join('a'), s.ready('a')],
    ],
    ['asking again', (s: ReturnType<typeof createScenario>) => [s.ready('a')]],
  ])('is not outrun by %s', (_how, trick) => {
    const scenario = createScenario(testConfig(K100, { tempoMs: 2000 }));
    scenario.upload(scenario.start('a'), 0.1);
    trick(scenario);
    expect(scenario.coordinator.openAssignment('a')).toBe('');
    scenario.wait(1900);
    expect(scenario.coordinator.openAssignment('a')).not.toBe('');
  });

  it('costs a tab that was reloaded no time', () => {
    const scenario = createScenario(testConfig(K100, { tempoMs: 2000 }));
    scenario.start('a');
    scenario.lose('a');
    scenario.join('a');
    scenario.ready('a');
    expect(scenario.coordinator.openAssignment('a')).toBe('run-1');
  });
});

describe('a device whose updates are refused for what is in them', () => {
  it('goes on at once a few times, then waits longer each time, and is as before when one was taken', () => {
    const scenario = createScenario(testConfig(K100));
    scenario.start('a');
    let refused = 0;
    for (; scenario.coordinator.openAssignment('a') !== ''; refused++)
      expect(scenario.upload(scenario.orderOf('a'), Number.NaN)).toMatchObject({ code: 'notFinite' });
    expect(refused).toBe(6);
    const rests: number[] = [];
    for (let k = 0; k < 8; k++) {
      rests.push(scenario.coordinator.wakeAtMs! - scenario.nowMs);
      scenario.wait(rests.at(-1)!);
      scenario.upload(scenario.orderOf('a'), Number.NaN);
    }
    expect(rests).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
    scenario.wait(10_000);
    scenario.upload(scenario.orderOf('a'), 0.1);
    expect(scenario.coordinator.openAssignment('a')).not.toBe('');
  });
});
