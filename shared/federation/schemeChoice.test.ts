import { describe, expect, it } from 'vitest';
import { initialParameters } from '../engine/initialParameters.ts';
import { findModel } from '../engine/models.ts';
import { leastDeviceBytes } from '../engine/planTraining.ts';
import { containsScheme, EMPTY_SCHEME, fullScheme } from '../engine/scheme.ts';
import { createSelector } from '../selection/createSelector.ts';
import { createCoordinator } from './coordinator.ts';
import type { Effect } from './events.ts';
import type { SchemeChoice } from './selectScheme.ts';
import {
  createScenario,
  FULL,
  FULL_BYTES,
  HEAD,
  HEAD_BYTES,
  SLICE,
  SLICE_BYTES,
  scenarioOf,
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
    const [plain] = scenario.coordinator.status().choices;
    expect(plain).toMatchObject({ budgetBytes: HEAD_BYTES, isFound: false });
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
    expect(scenario.coordinator.status().choices[0]?.budgetBytes).toBe(HEAD_BYTES);
    scenario.wait(1);
    expect(scenario.coordinator.status().choices[0]?.budgetBytes).toBe(FULL_BYTES);
  });

  it('is not narrowed again by who comes and goes, until it stays', () => {
    const scenario = createScenario();
    scenario.start('strong');
    scenario.start('weak', HEAD_BYTES);
    scenario.leave('weak');
    scenario.wait(30_000);
    for (let visit = 0; visit < 3; visit++) {
      expect(scenario.start('weak', HEAD_BYTES).scheme).toEqual(HEAD);
      expect(scenario.start('strong').scheme).toEqual(FULL);
      scenario.wait(10_000);
      scenario.leave('weak');
      scenario.wait(50_000);
    }
    scenario.start('weak', HEAD_BYTES);
    expect(scenario.coordinator.wakeAtMs).toBe(scenario.nowMs + 30_000);
    scenario.wait(29_999);
    expect(scenario.start('strong').scheme).toEqual(FULL);
    scenario.wait(1);
    expect(scenario.start('strong').scheme).toEqual(HEAD);
    // With nobody left there is nobody to spare.
    for (const id of ['strong', 'weak']) scenario.leave(id);
    scenario.wait(30_000);
    scenario.start('strong');
    scenario.start('weak', HEAD_BYTES);
    expect(scenario.coordinator.status().choices).toMatchObject([{ budgetBytes: HEAD_BYTES }]);
  });

  it('refuses a device that can train nothing, with the smallest budget, and forgets it', () => {
    const scenario = createScenario();
    scenario.start('a');
    expect(scenario.join('tiny', 100)).toEqual([
      { kind: 'refuseDevice', deviceId: 'tiny', smallestBudgetBytes: SLICE_BYTES },
    ]);
    scenario.ready('tiny');
    expect(() => scenario.orderOf('tiny')).toThrow('never');
    expect(scenario.coordinator.status()).toMatchObject({
      choices: [{ budgetBytes: FULL_BYTES }],
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

const budgetNow = ({ coordinator }: Scenario) => coordinator.status().choices[0]?.budgetBytes;
const narrowing = ({ coordinator }: Scenario) =>
  coordinator.status().devices.flatMap(({ deviceId, narrows }) => (narrows ? [deviceId] : []));
/** A run in which two strong devices are heard. */
function underWay(): Scenario {
  const scenario = createScenario();
  for (const id of ['strong', 'strong2']) scenario.upload(scenario.start(id), 0.1);
  return scenario;
}

describe('a say in the choice', () => {
  it('comes with the first update of its own: until then a newcomer narrows itself alone', () => {
    const scenario = underWay();
    const weak = scenario.start('weak', HEAD_BYTES);
    expect(weak.scheme).toEqual(HEAD);
    expect(scenario.start('strong').scheme).toEqual(FULL);
    expect(narrowing(scenario)).toEqual([]);
    scenario.upload(weak, 0.1);
    expect(scenario.start('strong').scheme).toEqual(HEAD);
    expect(narrowing(scenario)).toEqual(['weak']);
  });

  it('has no device that stays silent, however long and in whatever number', () => {
    const scenario = underWay();
    for (let i = 0; i < 10; i++) scenario.start(`silent${i}`, HEAD_BYTES);
    scenario.wait(50_000);
    expect(scenario.start('strong').scheme).toEqual(FULL);
  });

  it('is taken from one that was here first and stays silent, half a minute after another was heard', () => {
    const scenario = createScenario();
    scenario.start('silent', HEAD_BYTES);
    expect(scenario.start('strong').scheme).toEqual(HEAD);
    scenario.upload(scenario.orderOf('strong'), 0.1);
    scenario.wait(29_999);
    expect(budgetNow(scenario)).toBe(HEAD_BYTES);
    scenario.wait(1);
    expect(budgetNow(scenario)).toBe(FULL_BYTES);
  });

  it('is lost by one that was heard and falls silent', () => {
    const scenario = underWay();
    scenario.upload(scenario.start('weak', HEAD_BYTES), 0.1);
    expect(budgetNow(scenario)).toBe(HEAD_BYTES);
    for (let i = 0; i < 91; i++) scenario.upload(scenario.orderOf('strong'), 0.1);
    scenario.wait(30_000);
    expect(budgetNow(scenario)).toBe(FULL_BYTES);
  });

  it('does not pass to a smaller budget, which has to be heard anew', () => {
    const scenario = underWay();
    scenario.leave('strong2');
    scenario.join('strong2', HEAD_BYTES);
    expect(budgetNow(scenario)).toBe(FULL_BYTES);
  });

  it('can be taken from a device and given back, at once', () => {
    const scenario = underWay();
    scenario.upload(scenario.start('weak', HEAD_BYTES), 0.1);
    const exempt = (isExempt: boolean) =>
      scenario.handle({ kind: 'deviceExempted', atMs: scenario.nowMs, deviceId: 'weak', isExempt });
    exempt(true);
    expect(budgetNow(scenario)).toBe(FULL_BYTES);
    expect(scenario.start('weak', HEAD_BYTES).scheme).toEqual(HEAD);
    expect(scenario.coordinator.status().devices.find(({ isExempt }) => isExempt)?.deviceId).toBe('weak');
    scenario.upload(scenario.orderOf('weak'), 0.1);
    expect(budgetNow(scenario)).toBe(FULL_BYTES);
    exempt(false);
    expect(budgetNow(scenario)).toBe(HEAD_BYTES);
  });
});

const tailored = (): Scenario => createScenario(testConfig({}, { subset: { kind: 'tailored' } }));

describe('schemes tailored to budgets', () => {
  const smallCnn = findModel('small-cnn');

  it('leave the strong alone when the weak come', () => {
    const scenario = tailored();
    const strong = scenario.start('strong');
    expect(scenario.start('weak', HEAD_BYTES).scheme).toEqual(HEAD);
    scenario.upload(strong, 0.1);
    expect(scenario.orderOf('strong').scheme).toEqual(FULL);
    expect(scenario.coordinator.status().choices.map(({ budgetBytes }) => budgetBytes)).toEqual([
      HEAD_BYTES,
      FULL_BYTES,
    ]);
  });

  it('are one for budgets that hardly differ, fit for the smallest of them', () => {
    const scenario = tailored();
    scenario.join('a', 820);
    scenario.join('b', 810);
    scenario.join('c', 830);
    expect(scenario.coordinator.status().choices).toMatchObject([{ budgetBytes: 810 }]);
    scenario.leave('b');
    scenario.wait(30_000);
    expect(scenario.coordinator.status().choices).toMatchObject([{ budgetBytes: 820 }]);
  });

  it.each([HEAD_BYTES, 700, FULL_BYTES, 5_000])('are that of `weakest` where all have %i bytes', (bytes) => {
    const schemes = [createScenario(), tailored()].map((scenario) => {
      scenario.start('a', bytes);
      return scenario.start('b', bytes).scheme;
    });
    expect(schemes[0]).toEqual(schemes[1]);
  });

  it('are nested on a real model, whatever the budgets', () => {
    const select = createSelector(smallCnn, { batch: 16 });
    const smallest = select({ kind: 'tailored' }, [1]);
    const least = 'scheme' in smallest ? 1 : smallest.smallestBudgetBytes;
    const scenario = scenarioOf(
      createCoordinator({
        config: testConfig({}, { subset: { kind: 'tailored' } }),
        model: smallCnn,
        parameters: initialParameters(smallCnn, 1),
        selectScheme: select,
      }),
    );
    const whole = leastDeviceBytes(smallCnn, fullScheme(smallCnn), 16);
    for (let budget = least; budget < 1.4 * whole; budget = Math.round(budget * 1.2))
      scenario.join(`device${budget}`, budget);
    const { choices } = scenario.coordinator.status();
    expect(choices.length).toBeGreaterThan(4);
    expect(choices.length).toBeLessThan(8);
    choices.forEach(({ budgetBytes, choice }, index) => {
      expect(choice.deviceBytes).toBeLessThanOrEqual(budgetBytes);
      const inner = choices[index - 1]?.choice.scheme ?? EMPTY_SCHEME;
      expect(containsScheme(choice.scheme, inner)).toBe(true);
    });
    expect(choices.at(-1)!.choice.trainedShare).toBe(1);
    expect(choices[0]!.choice.trainedShare).toBeLessThan(0.05);
  });
});

describe('a device below every scheme', () => {
  it('trains a slice of the network, and the others what they would without it', () => {
    const scenario = createScenario();
    scenario.start('strong');
    const narrow = scenario.start('narrow', SLICE_BYTES);
    expect(narrow.scheme).toEqual(SLICE);
    expect(scenario.upload(narrow, 0.1)).toMatchObject({ accepted: true });
    expect(scenario.start('another').scheme).toEqual(FULL);
  });

  it('is below the floor of the run, where there is one', () => {
    const subset = { kind: 'weakest', floorBytes: 700 } as const;
    const scenario = createScenario(testConfig({}, { subset }));
    expect(scenario.start('narrow', HEAD_BYTES).scheme).toEqual(SLICE);
    expect(scenario.start('strong').scheme).toEqual(FULL);
    expect(scenario.start('able', 700).scheme).toEqual(HEAD);
  });

  it('has a say again when its budget has grown', () => {
    const scenario = createScenario();
    scenario.start('strong');
    scenario.start('narrow', SLICE_BYTES);
    scenario.leave('narrow');
    expect(scenario.start('narrow', HEAD_BYTES).scheme).toEqual(HEAD);
    expect(scenario.start('another').scheme).toEqual(HEAD);
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
    expect(scenario.coordinator.searching).toEqual({ budgetBytes: FULL_BYTES, inner: null, reports: null });
    find(scenario, FULL_BYTES, BIAS);
    expect(scenario.upload(first, 0.1)).toMatchObject({ accepted: true });
    expect(scenario.orderOf('a').scheme).toEqual(BIAS.scheme);
    expect(scenario.coordinator.searching).toBeNull();
  });

  it('happens at most twice for a weak device that joins and leaves twenty times, and its finding is kept', () => {
    const scenario = searching();
    scenario.start('strong');
    for (let round = 0; round < 20; round++) {
      scenario.start('weak', HEAD_BYTES);
      for (let second = 0; second < 40; second++) {
        if (second === 5) scenario.leave('weak');
        scenario.wait(1_000);
        const { searching } = scenario.coordinator;
        if (searching) find(scenario, searching.budgetBytes, BIAS);
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

  it('is for each budget under `tailored`, the smallest first, and what does not contain it is sought again', () => {
    const scenario = createScenario(
      testConfig({}, { subset: { kind: 'tailored' } }),
      initialParameters(TINY_MODEL, 1),
      true,
    );
    scenario.start('strong');
    scenario.start('weak', HEAD_BYTES);
    scenario.wait(2_000);
    expect(scenario.coordinator.searching).toEqual({ budgetBytes: HEAD_BYTES, inner: null, reports: null });
    find(scenario, HEAD_BYTES, BIAS);
    expect(scenario.coordinator.searching).toEqual({
      budgetBytes: FULL_BYTES,
      inner: BIAS.scheme,
      reports: null,
    });
    const foreign = { entries: [{ tensor: 'dense1.bias', output: [0, 3], input: [0, 1] }] } as const;
    find(scenario, FULL_BYTES, { scheme: foreign, deviceBytes: 500, trainedShare: 3 / 23 });
    expect(scenario.start('other').scheme).toEqual(FULL);
    expect(scenario.coordinator.searching).toEqual({
      budgetBytes: FULL_BYTES,
      inner: BIAS.scheme,
      reports: null,
    });
    find(scenario, FULL_BYTES, { scheme: HEAD, deviceBytes: HEAD_BYTES, trainedShare: 8 / 23 });
    expect(scenario.start('another').scheme).toEqual(HEAD);
    expect(scenario.start('small', HEAD_BYTES).scheme).toEqual(BIAS.scheme);
    scenario.wait(60_000);
    expect(searchesOf(scenario)).toEqual([HEAD_BYTES, FULL_BYTES, FULL_BYTES]);
  });
});
