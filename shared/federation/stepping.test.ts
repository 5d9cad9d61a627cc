import { describe, expect, it } from 'vitest';
import type { Effect } from './events.ts';
import { createScenario, testConfig } from './testing/scenario.ts';

const kinds = (effects: readonly Effect[]) => effects.map((effect) => effect.kind);
const assigned = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'assign' ? [effect.order.deviceId] : []));

const buffered = (deadlineMs: number) =>
  createScenario(testConfig({ trigger: { kind: 'buffer', size: 3, deadlineMs } }));

const cohort = (deadlineMs = 0) =>
  createScenario(testConfig({ trigger: { kind: 'cohort', size: 3, deadlineMs } }));

describe('the buffer', () => {
  it('steps when it is full and is empty afterwards', () => {
    const scenario = buffered(0);
    for (const id of ['a', 'b']) scenario.upload(scenario.start(id), 0.1);
    expect(scenario.coordinator.status()).toMatchObject({ version: 0, buffered: 2 });
    scenario.upload(scenario.start('c'), 0.1);
    expect(scenario.coordinator.status()).toMatchObject({ version: 1, buffered: 0 });
  });

  it('grows with the fleet where a share of the devices is asked for', () => {
    const trigger = { kind: 'buffer', size: 1, deviceShare: 0.5, deadlineMs: 0 } as const;
    const scenario = createScenario(testConfig({ trigger }));
    for (const id of ['a', 'b', 'c', 'd']) scenario.start(id);
    scenario.upload(scenario.orderOf('a'), 0.1);
    expect(scenario.coordinator.status()).toMatchObject({ version: 0, buffered: 1 });
    scenario.upload(scenario.orderOf('b'), 0.1);
    expect(scenario.coordinator.status()).toMatchObject({ version: 1, buffered: 0 });
    scenario.upload(scenario.orderOf('c'), 0.1);
    for (const deviceId of ['a', 'd'])
      scenario.handle({ kind: 'deviceLeft', atMs: scenario.nowMs, deviceId });
    expect(scenario.coordinator.status()).toMatchObject({ version: 2, buffered: 0 });
  });

  it('asks of few devices no second update', () => {
    const trigger = { kind: 'buffer', size: 3, deviceShare: 0.25, deadlineMs: 0 } as const;
    const scenario = createScenario(testConfig({ trigger }));
    for (const id of ['a', 'b']) scenario.start(id);
    scenario.upload(scenario.orderOf('a'), 0.1);
    expect(scenario.coordinator.status()).toMatchObject({ version: 0, buffered: 1 });
    scenario.upload(scenario.orderOf('b'), 0.1);
    expect(scenario.coordinator.status()).toMatchObject({ version: 1, buffered: 0 });
  });

  it('grows no further than what can be in flight at once', () => {
    const trigger = { kind: 'buffer', size: 1, deviceShare: 0.5, deadlineMs: 0 } as const;
    const scenario = createScenario({ ...testConfig({ trigger }), concurrency: 2 });
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) scenario.join(id);
    scenario.ready('a');
    scenario.upload(scenario.orderOf('a'), 0.1);
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

  it('after the first makes do with the devices that are left', () => {
    const scenario = cohort();
    for (const id of ['a', 'b', 'c']) scenario.join(id);
    for (const id of ['a', 'b', 'c']) scenario.ready(id);
    for (const id of ['a', 'b', 'c']) scenario.upload(scenario.orderOf(id), 0.1);
    expect(scenario.coordinator.version).toBe(1);
    scenario.handle({ kind: 'deviceLeft', atMs: scenario.nowMs, deviceId: 'c' });
    for (const id of ['a', 'b']) scenario.upload(scenario.orderOf(id), 0.1);
    expect(scenario.coordinator.version).toBe(2);
    expect(assigned(scenario.effects).filter((id) => id === 'a')).toHaveLength(3);
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
