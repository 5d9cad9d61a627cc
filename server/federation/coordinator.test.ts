import { describe, expect, it } from 'vitest';
import { createCoordinator } from './coordinator.ts';
import type { Effect } from './events.ts';
import {
  createScenario,
  FULL,
  FULL_BYTES,
  HEAD,
  HEAD_BYTES,
  selectByBytes,
  testConfig,
  TINY_MODEL,
} from './testing/scenario.ts';

const kinds = (effects: readonly Effect[]) => effects.map((effect) => effect.kind);
const assigned = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'assign' ? [effect.order.deviceId] : []));

const buffered = (deadlineMs: number) =>
  createScenario(testConfig({ trigger: { kind: 'buffer', size: 3, deadlineMs } }));

const cohort = (deadlineMs = 0) =>
  createScenario(testConfig({ trigger: { kind: 'cohort', size: 3, deadlineMs } }));

const createWith = (config = testConfig(), parameters = [new Float32Array(12)]) =>
  createCoordinator({ config, model: TINY_MODEL, parameters, selectScheme: selectByBytes });

describe('assignments', () => {
  it('go to ready devices in the order in which they became ready, up to the concurrency', () => {
    const scenario = createScenario(
      testConfig({ trigger: { kind: 'buffer', size: 9, deadlineMs: 0 } }, { concurrency: 2 }),
    );
    for (const id of ['a', 'b', 'c', 'd']) scenario.join(id);
    expect(['c', 'a', 'd', 'b'].flatMap((id) => assigned(scenario.ready(id)))).toEqual(['c', 'a']);
    scenario.upload(scenario.orderOf('c'), 0.1);
    expect(scenario.orderOf('d').deviceId).toBe('d');
    expect(scenario.coordinator.status().assignmentsOut).toBe(2);
  });

  it('list exactly the blocks that the device lacks', () => {
    const scenario = createScenario();
    const first = scenario.start('a', HEAD_BYTES);
    expect(first.blocks.map(({ tensor }) => tensor)).toEqual([0, 1, 2, 3]);
    scenario.upload(first, 0.1, { held: [0, 0, -1, -1] });
    const second = scenario.orderOf('a');
    expect(second.blocks.map(({ tensor, version }) => [tensor, version])).toEqual([
      [2, 1],
      [3, 1],
    ]);
    scenario.upload(second, 0.1, { held: [0, 7, -1, 1] });
    expect(scenario.orderOf('a').blocks.map(({ tensor, version }) => [tensor, version])).toEqual([
      [1, 0],
      [2, 2],
      [3, 2],
    ]);
  });

  it('of a device with a malformed list of held blocks bring everything', () => {
    const scenario = createScenario();
    scenario.join('a');
    scenario.ready('a', [0, 0]);
    expect(scenario.orderOf('a').blocks).toHaveLength(4);
  });

  it('have the seed of the run and differ from each other', () => {
    const seeds = [1, 2].map(() => {
      const scenario = createScenario();
      return ['a', 'b', 'c'].map((id) => scenario.start(id).seed);
    });
    expect(seeds[0]).toEqual(seeds[1]);
    expect(new Set(seeds[0]).size).toBe(3);
  });

  it('wait for a device that joined anew to say again what it holds', () => {
    const scenario = createScenario(testConfig({}, { concurrency: 1 }));
    const order = scenario.start('a');
    scenario.join('b');
    scenario.ready('b', [0, 0, 0, 0]);
    scenario.join('b');
    scenario.leave('a');
    expect(scenario.upload(order, 0.1)).toMatchObject({ code: 'leaseExpired' });
    expect(() => scenario.orderOf('b')).toThrow('never');
    scenario.ready('b');
    expect(scenario.orderOf('b').blocks).toHaveLength(4);
  });

  it('are not given to a device that has not asked, was lost, or left', () => {
    const scenario = createScenario(testConfig({}, { concurrency: 1 }));
    const order = scenario.start('a');
    for (const id of ['b', 'c', 'd', 'e']) scenario.join(id);
    for (const id of ['c', 'd', 'e']) scenario.ready(id);
    scenario.lose('c');
    scenario.leave('d');
    scenario.upload(order, 0.1);
    expect(scenario.orderOf('e').deviceId).toBe('e');
    expect(() => scenario.orderOf('b')).toThrow('never');
    expect(() => scenario.orderOf('c')).toThrow('never');
    expect(() => scenario.orderOf('d')).toThrow('never');
  });
});

describe('updates', () => {
  it('move what they trained by their delta and leave the rest the same objects', () => {
    const scenario = createScenario();
    const before = scenario.coordinator.parameters;
    const order = scenario.start('a', HEAD_BYTES);
    expect(order.scheme).toEqual(HEAD);
    const outcome = scenario.upload(order, 0.5);
    expect(outcome).toEqual({ accepted: true, duplicate: false, version: 0, staleness: 0 });
    const after = scenario.coordinator.parameters;
    expect(after[0]).toBe(before[0]);
    expect(after[1]).toBe(before[1]);
    expect(after[3]).toEqual(before[3]!.map((w) => w + 0.5));
    expect(order.blocks[3]!.values).toBe(before[3]);
    expect(scenario.coordinator.version).toBe(1);
  });

  it('are answered before the step and the next assignment that follow from them', () => {
    const scenario = createScenario();
    const order = scenario.start('a');
    const from = scenario.effects.length;
    scenario.upload(order, 0.5);
    expect(kinds(scenario.effects.slice(from))).toEqual(['answerUpdate', 'stepped', 'assign']);
  });

  it('count once however often they arrive, even after their device was lost, expired and returned', () => {
    const scenario = createScenario();
    const order = scenario.start('a');
    scenario.upload(order, 0.5);
    const { parameters } = scenario.coordinator;
    const repeated = { accepted: true, duplicate: true, version: 0, staleness: 0 };
    expect(scenario.upload(order, 0.5)).toEqual(repeated);
    scenario.lose('a');
    scenario.wait(10_000);
    scenario.join('a');
    expect(scenario.upload(order, 0.5)).toEqual(repeated);
    expect(scenario.coordinator.parameters).toEqual(parameters);
    expect(scenario.coordinator.status()).toMatchObject({ accepted: 1, duplicates: 2, version: 1 });
  });

  it('that are too old are refused with the newest version', () => {
    const scenario = createScenario(testConfig({ maxStaleness: 2 }));
    const late = scenario.start('late');
    scenario.join('a');
    scenario.ready('a');
    for (let i = 0; i < 3; i++) scenario.upload(scenario.orderOf('a'), 0.1);
    expect(scenario.upload(late, 1)).toMatchObject({ accepted: false, code: 'stale', version: 3 });
    expect(scenario.orderOf('late').baseVersion).toBe(3);
  });

  it('of the device are told in the status', () => {
    const scenario = createScenario();
    const late = scenario.start('a');
    scenario.upload(scenario.start('b'), 0.1);
    scenario.upload(late, 0.1, { stepMs: 12.5 });
    expect(scenario.coordinator.status().devices[0]).toMatchObject({
      deviceId: 'a',
      updates: 1,
      lastStaleness: 1,
      meanStaleness: 1,
      trainedShare: 1,
      report: { stepMs: 12.5 },
      openAssignment: scenario.orderOf('a').assignmentId,
    });
  });
});

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

describe('the buffer', () => {
  it('steps when it is full and is empty afterwards', () => {
    const scenario = buffered(0);
    for (const id of ['a', 'b']) scenario.upload(scenario.start(id), 0.1);
    expect(scenario.coordinator.status()).toMatchObject({ version: 0, buffered: 2 });
    scenario.upload(scenario.start('c'), 0.1);
    expect(scenario.coordinator.status()).toMatchObject({ version: 1, buffered: 0 });
  });

  it('steps at its deadline with what there is', () => {
    const scenario = buffered(1_000);
    scenario.nowMs = 50;
    scenario.upload(scenario.start('a'), 0.1);
    scenario.wait(999);
    expect(scenario.coordinator.version).toBe(0);
    const stepped = scenario.wait(1).find((effect) => effect.kind === 'stepped');
    expect(stepped?.record).toMatchObject({ trigger: 'deadline', version: 1, atMs: 1_050 });
    expect(stepped?.record.updates).toHaveLength(1);
    expect(kinds(scenario.wait(5_000))).not.toContain('stepped');
  });

  it('that filled up in time leaves the next one its whole deadline', () => {
    const scenario = buffered(1_000);
    for (const id of ['a', 'b', 'c']) scenario.start(id);
    scenario.upload(scenario.orderOf('a'), 0.1);
    scenario.wait(900);
    for (const id of ['b', 'c', 'a']) scenario.upload(scenario.orderOf(id), 0.1);
    expect(scenario.coordinator.status()).toMatchObject({ version: 1, buffered: 1 });
    scenario.wait(999);
    expect(scenario.coordinator.version).toBe(1);
    scenario.wait(1);
    expect(scenario.coordinator.version).toBe(2);
  });
});

describe('a cohort', () => {
  it('gets one version all at once, and nobody gets more until its step', () => {
    const scenario = cohort();
    for (const id of ['a', 'b']) {
      scenario.join(id);
      expect(assigned(scenario.ready(id))).toEqual([]);
    }
    scenario.join('c');
    expect(assigned(scenario.ready('c'))).toEqual(['a', 'b', 'c']);
    scenario.join('d');
    expect(assigned(scenario.ready('d'))).toEqual([]);
    for (const id of ['a', 'b', 'c']) {
      expect(scenario.coordinator.version).toBe(0);
      scenario.upload(scenario.orderOf(id), 0.1);
    }
    expect(scenario.coordinator.version).toBe(1);
    expect(scenario.orderOf('d').baseVersion).toBe(1);
    expect(scenario.coordinator.status().assignmentsOut).toBe(3);
  });

  it('steps without a member that left', () => {
    const scenario = cohort();
    for (const id of ['a', 'b', 'c']) scenario.join(id);
    for (const id of ['a', 'b', 'c']) scenario.ready(id);
    scenario.upload(scenario.orderOf('a'), 0.1);
    scenario.upload(scenario.orderOf('b'), 0.1);
    expect(kinds(scenario.leave('c'))).toContain('stepped');
  });

  it('of which everybody left makes room for the next', () => {
    const scenario = cohort();
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) scenario.join(id);
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) scenario.ready(id);
    for (const id of ['a', 'b']) scenario.leave(id);
    expect(assigned(scenario.leave('c'))).toEqual(['d', 'e', 'f']);
    expect(scenario.coordinator.version).toBe(0);
  });

  it('steps at its deadline without the slow, whose updates are then refused', () => {
    const scenario = cohort(1_000);
    for (const id of ['a', 'b', 'c']) scenario.join(id);
    for (const id of ['a', 'b', 'c']) scenario.ready(id);
    const slow = scenario.orderOf('c');
    scenario.upload(scenario.orderOf('a'), 0.1);
    scenario.wait(1_000);
    expect(scenario.coordinator.version).toBe(1);
    expect(scenario.upload(slow, 0.1)).toMatchObject({ code: 'leaseExpired', version: 1 });
  });

  it('past its deadline with no update steps at the first', () => {
    const scenario = cohort(1_000);
    for (const id of ['a', 'b', 'c']) scenario.join(id);
    for (const id of ['a', 'b', 'c']) scenario.ready(id);
    expect(scenario.wait(1_000)).toEqual([{ kind: 'wakeAt', atMs: 60_000 }]);
    scenario.upload(scenario.orderOf('b'), 0.1);
    expect(scenario.coordinator.version).toBe(1);
  });
});

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

describe('a configuration or parameters that cannot work', () => {
  it('are refused by name', () => {
    expect(() => createWith(testConfig({}, { concurrency: 0 }))).toThrow(
      'concurrency must be an integer >= 1, got 0',
    );
    expect(() => createWith(testConfig({ kappa: Number.NaN }))).toThrow(
      'kappa must be a finite number >= 0, got NaN',
    );
    expect(() =>
      createWith(testConfig({ trigger: { kind: 'cohort', size: 9, deadlineMs: 0 } }, { concurrency: 4 })),
    ).toThrow('concurrency must be at least the cohort size 9, got 4');
    expect(() => createWith()).toThrow('parameters must be 4 tensors, got 1');
  });
});
