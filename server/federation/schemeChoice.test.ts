import { describe, expect, it } from 'vitest';
import { initialParameters } from '../../shared/engine/initialParameters.ts';
import type { Effect } from './events.ts';
import type { SchemeChoice } from './selectScheme.ts';
import {
  createScenario,
  FULL,
  FULL_BYTES,
  HEAD,
  HEAD_BYTES,
  testConfig,
  TINY_MODEL,
  type Scenario,
} from './testing/scenario.ts';

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

function searching(): Scenario {
  return createScenario(testConfig(), initialParameters(TINY_MODEL, 1), true);
}

function searchesOf({ effects }: Scenario): number[] {
  return effects.flatMap((effect) => (effect.kind === 'searchScheme' ? [effect.budgetBytes] : []));
}

function find(scenario: Scenario, budgetBytes: number, choice: SchemeChoice | null): Effect[] {
  return scenario.handle({ kind: 'schemeFound', atMs: scenario.nowMs, budgetBytes, choice });
}

describe('the search for a better scheme', () => {
  const BIAS: SchemeChoice = {
    scheme: { entries: [{ tensor: 'dense2.bias', output: [0, 2], input: [0, 1] }] },
    deviceBytes: 300,
    trainedShare: 2 / 23,
  };
  it('is asked for when the smallest budget has stood for a moment, and what it finds is given out', () => {
    const scenario = searching();
    const first = scenario.start('a');
    expect(first.scheme).toEqual(FULL);
    expect(scenario.coordinator.wakeAtMs).toBe(2_000);
    scenario.wait(1_999);
    expect(searchesOf(scenario)).toEqual([]);
    scenario.wait(1);
    expect(searchesOf(scenario)).toEqual([FULL_BYTES]);
    expect(scenario.coordinator.searchingBudgetBytes).toBe(FULL_BYTES);
    find(scenario, FULL_BYTES, BIAS);
    expect(scenario.upload(first, 0.1)).toMatchObject({ accepted: true });
    expect(scenario.orderOf('a').scheme).toEqual(BIAS.scheme);
    expect(scenario.coordinator).toMatchObject({ searchingBudgetBytes: null });
  });

  it('happens at most twice for a weak device that joins and leaves twenty times, and its finding is kept', () => {
    const scenario = searching();
    scenario.start('strong');
    for (let round = 0; round < 20; round++) {
      scenario.start('weak', HEAD_BYTES);
      for (let second = 0; second < 40; second++) {
        if (second === 5) scenario.leave('weak');
        scenario.wait(1_000);
        const { searchingBudgetBytes } = scenario.coordinator;
        if (searchingBudgetBytes !== null) find(scenario, searchingBudgetBytes, BIAS);
      }
    }
    expect(searchesOf(scenario).sort()).toEqual([FULL_BYTES, HEAD_BYTES]);
    expect(scenario.start('weak', HEAD_BYTES).scheme).toEqual(BIAS.scheme);
  });

  it('is one at a time, and a finding for a budget that is no longer the smallest waits for its time', () => {
    const scenario = searching();
    scenario.start('strong');
    scenario.wait(2_000);
    scenario.start('weak', HEAD_BYTES);
    scenario.wait(10_000);
    expect(searchesOf(scenario)).toEqual([FULL_BYTES]);
    find(scenario, FULL_BYTES, BIAS);
    expect(searchesOf(scenario)).toEqual([FULL_BYTES, HEAD_BYTES]);
    expect(scenario.start('other').scheme).toEqual(HEAD);
    find(scenario, HEAD_BYTES, null);
    expect(scenario.start('third').scheme).toEqual(HEAD);
    scenario.leave('weak');
    scenario.wait(30_000);
    expect(scenario.start('fourth').scheme).toEqual(BIAS.scheme);
    scenario.wait(60_000);
    expect(searchesOf(scenario)).toEqual([FULL_BYTES, HEAD_BYTES]);
  });

  it('is not asked for where nobody answers, nor where everything is trained', () => {
    const full = createScenario(
      testConfig({}, { subset: { kind: 'full' } }),
      initialParameters(TINY_MODEL, 1),
      true,
    );
    for (const scenario of [createScenario(), full]) {
      scenario.start('a');
      scenario.wait(10_000);
      expect(searchesOf(scenario)).toEqual([]);
    }
  });
});
