import { describe, expect, it } from 'vitest';
import { initialParameters } from '../engine/initialParameters.ts';
import type { GivenRun, RunConfig } from './config.ts';
import type { ContributionSource } from '../settings/values.ts';
import { restoreCoordinator } from './coordinator.ts';
import type { AssignmentOrder, Effect } from './events.ts';
import type { SchemeSearch } from './schemeSearch.ts';
import {
  createScenario,
  FULL,
  FULL_BYTES,
  HEAD,
  HEAD_BYTES,
  scenarioOf,
  selectByBytes,
  SLICE_BYTES,
  testConfig,
  TINY_MODEL,
  TINY_PROBES,
  type Scenario,
} from './testing/scenario.ts';

const PATIENCE_MS = 60_000;
const SEARCH_AFTER_MS = 2_000;
const PROBES: ContributionSource = { kind: 'probes', perGroup: 2, numBatches: 5, patienceMs: PATIENCE_MS };

function probingConfig(run: Partial<GivenRun> = {}): RunConfig {
  return testConfig({}, { contributions: PROBES, ...run });
}

function probing(run: Partial<GivenRun> = {}): Scenario {
  return createScenario(probingConfig(run), initialParameters(TINY_MODEL, 1), true);
}

const ordersIn = (effects: readonly Effect[]): AssignmentOrder[] =>
  effects.flatMap((effect) => (effect.kind === 'assign' ? [effect.order] : []));
const searchesIn = (effects: readonly Effect[]): SchemeSearch[] =>
  effects.flatMap((effect) => (effect.kind === 'searchScheme' ? [effect] : []));
const tensorOf = ({ scheme }: AssignmentOrder): string => scheme.entries[0]!.tensor;

/** The device does what it holds, once. What it tells of a probe is its tensor's name in numbers. */
function finish(scenario: Scenario, deviceId: string): void {
  const order = scenario.orderOf(deviceId);
  const outcome = order.probe
    ? scenario.probe(order, TENSOR_GAINS[tensorOf(order)]!)
    : scenario.upload(order, 0.01);
  expect(outcome).toMatchObject({ accepted: true, duplicate: false });
}
const TENSOR_GAINS: Readonly<Record<string, number>> = {
  'dense1.weight': 1,
  'dense1.bias': 2,
  'dense2.weight': 3,
  'dense2.bias': 4,
};

/** Three devices probe and train until a search is asked for; the coordinator restarts once on the way. */
function live(restartsAfter: number): readonly Effect[] {
  let scenario = probing();
  const all: Effect[] = [];
  for (const id of ['a', 'b', 'c']) scenario.start(id);
  all.push(...scenario.effects);
  for (let turn = 0; turn < 30; turn++) {
    if (turn === restartsAfter) {
      const { effects, nowMs } = scenario;
      const coordinator = restoreCoordinator(scenario.coordinator.snapshot(), {
        config: probingConfig(),
        model: TINY_MODEL,
        selectScheme: selectByBytes,
        hasSearch: true,
        probePlanner: TINY_PROBES,
      });
      scenario = Object.assign(scenarioOf(coordinator), { effects, nowMs });
    }
    scenario.nowMs += 300;
    finish(scenario, ['a', 'b', 'c'][turn % 3]!);
  }
  expect(searchesIn(scenario.effects)).toHaveLength(1);
  expect(scenario.coordinator.searching!.reports).toHaveLength(8);
  return scenario.effects;
}

describe('probes', () => {
  it('are about half of what is out, each group from different devices, while the others train', () => {
    const scenario = probing();
    const devices = ['a', 'b', 'c', 'd'];
    for (const id of devices) scenario.start(id);
    expect(devices.map((id) => scenario.orderOf(id).probe?.numBatches)).toEqual([5, undefined, 5, undefined]);
    for (let round = 0; round < 8; round++) {
      scenario.nowMs += 500;
      for (const id of devices) finish(scenario, id);
      const { assignmentsOut, devices: views } = scenario.coordinator.status();
      expect(assignmentsOut).toBe(devices.length);
      expect(views.every(({ isReady }) => !isReady)).toBe(true);
    }
    const orders = ordersIn(scenario.effects);
    for (const id of devices) {
      const own = orders.filter(({ deviceId }) => deviceId === id);
      const probed = own.filter(({ probe }) => probe).map(tensorOf);
      expect(new Set(probed).size).toBe(probed.length);
      own.forEach(({ probe }, i) => expect(probe && own[i + 1]?.probe).toBeUndefined());
      // Shown is what is trained, not what is probed.
      expect(scenario.coordinator.status().devices.find(({ deviceId }) => deviceId === id)).toMatchObject({
        trainedShare: 1,
      });
    }
    const [search, ...others] = searchesIn(scenario.effects);
    expect(others).toEqual([]);
    expect(search).toMatchObject({ budgetBytes: FULL_BYTES, inner: null });
    const told = search!.reports!.map(({ group, ratio, product, samples }) => {
      expect([ratio, samples]).toEqual([4, 10]);
      return `${group.unit} ${group.part} ${product}`;
    });
    const twice = ['0 weight 1', '0 small 2', '1 weight 3', '1 small 4'].flatMap((text) => [text, text]);
    expect([...told].sort()).toEqual(twice.sort());
    expect(scenario.coordinator.version).toBeGreaterThan(10);
    // What was told is enough for all that is searched for later.
    expect(orders.slice(-devices.length).some(({ probe }) => probe)).toBe(false);
    expect(scenario.coordinator.status()).toMatchObject({ probing: null, isSearching: true });
  });

  it('are of as much as the budget of their device allows, and tell how much that was', () => {
    const scenario = probing({ contributions: { ...PROBES, perGroup: 1 } });
    scenario.start('weak', HEAD_BYTES);
    for (let turn = 0; turn < 8; turn++) finish(scenario, 'weak');
    const probes = ordersIn(scenario.effects).filter(({ probe }) => probe);
    expect(probes.map(tensorOf).sort()).toEqual(Object.keys(TENSOR_GAINS).sort());
    expect(probes.find((order) => tensorOf(order) === 'dense1.weight')!.scheme.entries[0]!.output).toEqual([
      0, 2,
    ]);
    const [search] = searchesIn(scenario.wait(SEARCH_AFTER_MS));
    expect(search!.reports!.find(({ group }) => group.unit === 0 && group.part === 'weight')!.ratio).toBe(3);
  });

  it('are given once more where they were given up: a new arena may lack blocks; not a third time', () => {
    const scenario = probing({ contributions: { ...PROBES, perGroup: 1 } });
    scenario.start('a');
    const probes = (): string[] =>
      ordersIn(scenario.effects)
        .filter(({ probe }) => probe)
        .map(tensorOf);
    for (let turn = 0; turn < 30; turn++)
      if (scenario.orderOf('a').probe && turn < 15) scenario.ready('a');
      else finish(scenario, 'a');
    for (const tensor of Object.keys(TENSOR_GAINS))
      expect(probes().filter((each) => each === tensor)).toHaveLength(2);
    expect(scenario.coordinator.status().expired).toBeGreaterThan(0);
  });

  it('are told of as they stand', () => {
    const scenario = probing();
    expect(scenario.coordinator.status().probing).toBeNull();
    scenario.start('a');
    expect(scenario.coordinator.status().probing).toEqual({ done: 0, of: 4 });
    scenario.start('b');
    scenario.start('c');
    finish(scenario, 'a');
    expect(scenario.coordinator.status()).toMatchObject({ probing: { done: 1, of: 8 }, isSearching: false });
  });

  it('are not given to devices that hold a slice of the network, nor without a search, nor with a public set', () => {
    for (const scenario of [
      probing({ subset: { kind: 'subnetwork' } }),
      probing({ subset: { kind: 'full' } }),
      probing({ contributions: { kind: 'publicSet' } }),
      createScenario(probingConfig()),
    ])
      expect(scenario.start('a').probe).toBeUndefined();
    const mixed = probing();
    mixed.start('strong');
    expect(mixed.start('narrow', SLICE_BYTES)).toMatchObject({ scheme: { width: {} } });
    expect(mixed.orderOf('narrow').probe).toBeUndefined();
  });

  it('go on with what was told after a restart', () => {
    const expected = live(-1);
    for (const restartsAfter of [1, 7, 14, 29]) expect(live(restartsAfter)).toEqual(expected);
  });
});

describe('what a probe told', () => {
  it('counts once, however often it is sent', () => {
    const scenario = probing();
    const order = scenario.start('a');
    expect(scenario.probe(order, 1)).toMatchObject({ accepted: true, duplicate: false, staleness: 0 });
    expect(scenario.probe(order, 2)).toMatchObject({ accepted: true, duplicate: true });
    expect(scenario.coordinator.status()).toMatchObject({ probing: { done: 1 }, accepted: 0, duplicates: 1 });
  });

  it('is refused where it cannot be true, is not the device’s or comes too late; its device trains on', () => {
    const refused = (told: (scenario: Scenario, order: AssignmentOrder) => unknown, code: string) => {
      const scenario = probing();
      const order = scenario.start('a');
      expect(order.probe).toBeDefined();
      scenario.start('b');
      expect(told(scenario, order)).toMatchObject({ accepted: false, code });
      expect(scenario.coordinator.status()).toMatchObject({
        probing: { done: 0 },
        refusals: { [code]: 1 },
        buffered: 0,
      });
      return scenario;
    };
    for (const scenario of [
      refused((scenario, order) => scenario.probe(order, 1e9), 'tooLarge'),
      refused((scenario, order) => scenario.upload(order, 0.1), 'outOfOrder'),
    ]) {
      expect(scenario.orderOf('a')).toMatchObject({ scheme: FULL });
      expect(scenario.orderOf('a').probe).toBeUndefined();
    }
    refused((scenario) => scenario.probe(scenario.orderOf('b'), 1), 'outOfOrder');
    refused((scenario, order) => scenario.probe({ ...order, deviceId: 'b' }, 1), 'foreignAssignment');
    refused((scenario, order) => scenario.probe({ ...order, assignmentId: 'run-9' }, 1), 'unknownAssignment');
    refused((scenario, order) => {
      scenario.wait(60_000);
      return scenario.probe(order, 1);
    }, 'leaseExpired');
    const scenario = probing();
    expect(scenario.probe({ assignmentId: 'run-0', deviceId: 'nobody' }, 1)).toMatchObject({
      code: 'outOfOrder',
    });
  });
});

describe('the search that goes by probes', () => {
  it('makes do after a while with one report a group, from those at work', () => {
    const scenario = probing({ leaseMs: 10 * PATIENCE_MS });
    scenario.join('asleep');
    scenario.start('a');
    for (let turn = 0; turn < 20; turn++) finish(scenario, 'a');
    expect(scenario.coordinator.status()).toMatchObject({ probing: { done: 4, of: 8 } });
    expect(searchesIn(scenario.wait(SEARCH_AFTER_MS))).toEqual([]);
    expect(scenario.coordinator.wakeAtMs).toBe(SEARCH_AFTER_MS + PATIENCE_MS);
    expect(searchesIn(scenario.wait(PATIENCE_MS - 1))).toEqual([]);
    expect(searchesIn(scenario.wait(1))).toMatchObject([{ reports: { length: 4 } }]);
  });

  it('waits for somebody to tell where nobody is at work', () => {
    const scenario = probing();
    scenario.join('asleep');
    expect(searchesIn(scenario.wait(SEARCH_AFTER_MS + PATIENCE_MS))).toEqual([]);
    expect(scenario.coordinator.wakeAtMs).toBeNull();
    scenario.ready('asleep');
    for (let turn = 0; turn < 8; turn++) finish(scenario, 'asleep');
    expect(searchesIn(scenario.effects)).toMatchObject([{ reports: { length: 4 } }]);
  });

  it('is not kept waiting by a device that was lost with a probe', () => {
    const scenario = probing();
    for (const id of ['a', 'b', 'c']) scenario.start(id);
    expect(scenario.orderOf('a').probe).toBeDefined();
    scenario.lose('a');
    for (let turn = 0; turn < 20; turn++) for (const id of ['b', 'c']) finish(scenario, id);
    expect(searchesIn(scenario.wait(SEARCH_AFTER_MS))).toMatchObject([{ reports: { length: 8 } }]);
  });

  it('asks anew by what was told when the budgets change', () => {
    const scenario = probing();
    for (const id of ['a', 'b']) scenario.start(id);
    for (let turn = 0; turn < 14; turn++) for (const id of ['a', 'b']) finish(scenario, id);
    scenario.wait(SEARCH_AFTER_MS);
    const choice = { scheme: HEAD, deviceBytes: HEAD_BYTES, trainedShare: 8 / 23 };
    scenario.handle({ kind: 'schemeFound', atMs: scenario.nowMs, budgetBytes: FULL_BYTES, choice });
    expect(scenario.coordinator.status().choices).toMatchObject([{ choice, isFound: true }]);
    scenario.start('weak', HEAD_BYTES);
    expect(scenario.orderOf('weak').probe).toBeUndefined();
    // It has a say from its first update on.
    expect(searchesIn(scenario.wait(SEARCH_AFTER_MS))).toEqual([]);
    finish(scenario, 'weak');
    expect(searchesIn(scenario.wait(SEARCH_AFTER_MS))).toMatchObject([
      { budgetBytes: HEAD_BYTES, reports: { length: 8 } },
    ]);
  });

  it('has probed first what nobody could probe before', () => {
    const config = probingConfig({ contributions: { ...PROBES, perGroup: 1 } });
    const scenario = scenarioOf(
      restoreCoordinator(createScenario(config, undefined, true).coordinator.snapshot(), {
        config,
        model: TINY_MODEL,
        selectScheme: selectByBytes,
        hasSearch: true,
        probePlanner: {
          ...TINY_PROBES,
          probeFor: (group, budgetBytes) =>
            group === 0 && budgetBytes < FULL_BYTES ? null : TINY_PROBES.probeFor(group, budgetBytes),
        },
      }),
    );
    scenario.start('weak', HEAD_BYTES);
    for (let turn = 0; turn < 8; turn++) finish(scenario, 'weak');
    expect(searchesIn(scenario.wait(SEARCH_AFTER_MS))).toMatchObject([{ reports: { length: 3 } }]);
    const found = {
      kind: 'schemeFound',
      atMs: scenario.nowMs,
      budgetBytes: HEAD_BYTES,
      choice: null,
    } as const;
    scenario.handle(found);
    scenario.leave('weak');
    const strong = scenario.start('strong');
    expect(strong.probe).toBeUndefined();
    scenario.wait(30_000);
    finish(scenario, 'strong');
    expect(tensorOf(scenario.orderOf('strong'))).toBe('dense1.weight');
    finish(scenario, 'strong');
    expect(searchesIn(scenario.wait(SEARCH_AFTER_MS))).toMatchObject([{ reports: { length: 4 } }]);
  });
});
