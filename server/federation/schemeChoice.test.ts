import { describe, expect, it } from 'vitest';
import { createScenario, FULL, FULL_BYTES, HEAD, HEAD_BYTES, testConfig } from './testing/scenario.ts';

describe('the choice of scheme', () => {
  it('tightens at once for a weaker device and updates of the old scheme still count', () => {
    const scenario = createScenario();
    const strong = scenario.start('strong');
    expect(strong.scheme).toEqual(FULL);
    expect(scenario.start('weak', HEAD_BYTES).scheme).toEqual(HEAD);
    expect(scenario.upload(strong, 0.1)).toMatchObject({ accepted: true });
    expect(scenario.orderOf('strong').scheme).toEqual(HEAD);
  });

  it('relaxes only after the weakest has been gone a while', () => {
    const scenario = createScenario();
    scenario.start('strong');
    scenario.start('weak', HEAD_BYTES);
    scenario.leave('weak');
    scenario.wait(29_999);
    scenario.upload(scenario.orderOf('strong'), 0.1);
    expect(scenario.orderOf('strong').scheme).toEqual(HEAD);
    scenario.wait(1);
    scenario.upload(scenario.orderOf('strong'), 0.1);
    expect(scenario.orderOf('strong').scheme).toEqual(FULL);
  });

  it('does not relax when the weakest comes back in time', () => {
    const scenario = createScenario();
    scenario.start('strong');
    scenario.start('weak', HEAD_BYTES);
    scenario.leave('weak');
    scenario.wait(20_000);
    scenario.join('weak', HEAD_BYTES);
    scenario.wait(20_000);
    expect(scenario.coordinator.status().choiceBudgetBytes).toBe(HEAD_BYTES);
  });

  it('waits the whole while again when the weakest comes back and leaves again', () => {
    const scenario = createScenario();
    scenario.start('strong');
    scenario.start('weak', HEAD_BYTES);
    scenario.leave('weak');
    scenario.wait(20_000);
    scenario.join('weak', HEAD_BYTES);
    scenario.leave('weak');
    scenario.wait(29_999);
    expect(scenario.coordinator.status().choiceBudgetBytes).toBe(HEAD_BYTES);
    scenario.wait(1);
    expect(scenario.coordinator.status().choiceBudgetBytes).toBe(FULL_BYTES);
  });

  it('refuses a device that can train nothing, with the smallest budget, and forgets it', () => {
    const scenario = createScenario();
    scenario.start('a');
    expect(scenario.join('tiny', 100)).toEqual([
      { kind: 'refuseDevice', deviceId: 'tiny', smallestBudgetBytes: HEAD_BYTES },
    ]);
    scenario.ready('tiny');
    expect(() => scenario.orderOf('tiny')).toThrow('never');
    expect(scenario.coordinator.status()).toMatchObject({
      choiceBudgetBytes: FULL_BYTES,
      refusals: { budgetTooSmall: 1 },
    });
  });

  it('of `full` refuses all that cannot train the whole', () => {
    const scenario = createScenario(testConfig({}, { subset: { kind: 'full' } }));
    expect(scenario.join('weak', HEAD_BYTES)).toEqual([
      { kind: 'refuseDevice', deviceId: 'weak', smallestBudgetBytes: FULL_BYTES },
    ]);
  });
});
