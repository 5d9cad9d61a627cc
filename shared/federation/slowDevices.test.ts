// Two policies for fleets of very different speed: slow devices do less, fast ones wait their turn.

import { describe, expect, it } from 'vitest';
import { createScenario, testConfig } from './testing/scenario.ts';

describe('partial work', () => {
  it('is left to the device, which knows how long its steps take', () => {
    const scenario = createScenario(testConfig({}, { partialWorkMs: 100 }));
    const { labelCalibration: _unsaid, ...localWork } = testConfig().localWork;
    expect(scenario.start('a').localWork).toEqual({ ...localWork, withinMs: 100 });
    expect(createScenario(testConfig()).start('a').localWork).not.toHaveProperty('withinMs');
  });
});

describe('one update of a device in the buffer', () => {
  const strategy = { trigger: { kind: 'buffer', size: 3, deadlineMs: 0 }, onePerDevice: true } as const;

  it('lets a fast device wait for the step and then go on', () => {
    const scenario = createScenario(testConfig(strategy));
    for (const id of ['fast', 'b', 'c']) scenario.start(id);
    const first = scenario.orderOf('fast');
    scenario.upload(first, 0.1);
    expect(scenario.orderOf('fast')).toBe(first);
    scenario.upload(scenario.orderOf('b'), 0.1);
    expect(scenario.coordinator.version).toBe(0);
    scenario.upload(scenario.orderOf('c'), 0.1);
    expect(scenario.coordinator.version).toBe(1);
    expect(scenario.orderOf('fast').baseVersion).toBe(1);
  });

  it('steps with what there is when nobody else is at work', () => {
    const scenario = createScenario(testConfig(strategy));
    scenario.start('a');
    scenario.start('b');
    scenario.upload(scenario.orderOf('a'), 0.1);
    expect(scenario.coordinator.version).toBe(0);
    scenario.leave('b');
    expect(scenario.coordinator.version).toBe(1);
    expect(scenario.orderOf('a').baseVersion).toBe(1);
  });
});
