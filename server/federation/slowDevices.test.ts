// Two policies for fleets of very different speed: slow devices do less, fast ones wait their turn.

import { describe, expect, it } from 'vitest';
import { partialWork } from './policies/partialWork.ts';
import { createScenario, testConfig } from './testing/scenario.ts';

describe('partial work', () => {
  it('is what fits the time by the last step time, whole before one is known, and never nothing', () => {
    const scenario = createScenario(testConfig({}, { partialWorkMs: 100 }));
    const maxStepsAfter = (stepMs: number): number => {
      scenario.upload(scenario.orderOf('a'), 0.1, { stepMs });
      return scenario.orderOf('a').localWork.maxSteps;
    };
    expect(scenario.start('a').localWork.maxSteps).toBe(10);
    expect([25, 3, 1000, 0].map(maxStepsAfter)).toEqual([4, 10, 1, 10]);
  });

  it('changes nothing else', () => {
    const { localWork } = testConfig();
    expect(partialWork(localWork, 50, 100)).toEqual({ ...localWork, maxSteps: 2 });
    expect(partialWork(localWork, 50, 0)).toBe(localWork);
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
