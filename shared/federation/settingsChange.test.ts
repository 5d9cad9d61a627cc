import { describe, expect, it } from 'vitest';
import type { SubsetPolicy } from '../settings/values.ts';
import { resolveSettings, resolveStrategy, type GivenStrategy } from './config.ts';
import { runSettingsOf } from './settings.ts';
import { fedAvg } from './strategies.ts';
import {
  createScenario,
  FULL,
  HEAD,
  HEAD_BYTES,
  SLICE,
  testConfig,
  type Scenario,
} from './testing/scenario.ts';

const buffer = (size: number, deadlineMs = 0): GivenStrategy => ({
  trigger: { kind: 'buffer', size, deadlineMs },
});
const COHORT = resolveStrategy({ ...fedAvg, trigger: { kind: 'cohort', size: 3, deadlineMs: 0 } });

function change(scenario: Scenario, settings: Partial<Parameters<typeof resolveSettings>[0]>) {
  return scenario.handle({
    kind: 'settingsChanged',
    atMs: scenario.nowMs,
    settings: resolveSettings({ ...runSettingsOf(scenario.coordinator.config), ...settings }),
  });
}

function changeStrategy(scenario: Scenario, overrides: GivenStrategy) {
  return change(scenario, { strategy: { ...scenario.coordinator.config.strategy, ...overrides } });
}

describe('a change of settings', () => {
  it('to a smaller K steps at once with what waits', () => {
    const scenario = createScenario(testConfig(buffer(3)));
    for (const id of ['a', 'b']) scenario.upload(scenario.start(id), 0.1);
    expect(scenario.coordinator.version).toBe(0);
    const effects = changeStrategy(scenario, buffer(2));
    const stepped = effects.find(({ kind }) => kind === 'stepped');
    expect(stepped?.kind === 'stepped' && stepped.record.updates.length).toBe(2);
    expect(scenario.coordinator.version).toBe(1);
  });

  it('gives what waits the new deadline, or none', () => {
    const scenario = createScenario(testConfig(buffer(3)));
    scenario.upload(scenario.start('a'), 0.1);
    changeStrategy(scenario, buffer(3, 1_000));
    scenario.wait(999);
    expect(scenario.coordinator.version).toBe(0);
    scenario.wait(1);
    expect(scenario.coordinator.version).toBe(1);
  });

  it('to a synchronous strategy waits for all that are at work, and takes in their older updates', () => {
    const scenario = createScenario(testConfig({ ...buffer(1), maxStaleness: 50 }));
    const slow = scenario.start('slow');
    scenario.upload(scenario.start('quick'), 0.1);
    expect(scenario.coordinator.version).toBe(1);
    change(scenario, { strategy: COHORT });
    scenario.upload(scenario.orderOf('quick'), 0.1);
    // Ready again, and nobody gets more before the slow one has answered.
    expect(scenario.coordinator.status()).toMatchObject({ version: 1, buffered: 1, assignmentsOut: 1 });
    expect(scenario.upload(slow, 0.1)).toMatchObject({ accepted: true, staleness: 1 });
    // Both are at work again, from one version.
    expect(scenario.coordinator.status()).toMatchObject({ version: 2, buffered: 0, assignmentsOut: 2 });
    expect(scenario.orderOf('slow').baseVersion).toBe(2);
  });

  it('to a synchronous strategy with nobody at work steps what waits', () => {
    const scenario = createScenario(testConfig(buffer(3)));
    scenario.upload(scenario.start('a'), 0.1);
    scenario.leave('a');
    change(scenario, { strategy: COHORT });
    expect(scenario.coordinator.status()).toMatchObject({ version: 1, buffered: 0 });
  });

  it('from a synchronous strategy gives work to all that wait, and keeps the leases of the rest', () => {
    const scenario = createScenario(testConfig(COHORT));
    for (const id of ['a', 'b', 'c']) {
      scenario.join(id);
      scenario.ready(id);
    }
    scenario.upload(scenario.orderOf('a'), 0.1);
    scenario.upload(scenario.orderOf('b'), 0.1);
    expect(scenario.coordinator.status()).toMatchObject({ version: 0, buffered: 2, assignmentsOut: 1 });
    const late = scenario.orderOf('c');
    changeStrategy(scenario, { ...buffer(2), maxStaleness: 10 });
    expect(scenario.coordinator.status()).toMatchObject({ version: 1, buffered: 0, assignmentsOut: 3 });
    expect(scenario.upload(late, 0.1)).toMatchObject({ accepted: true, staleness: 1 });
  });

  it('tells the next assignments of the new rate and policy; what is out counts as it was given', () => {
    const scenario = createScenario(testConfig(buffer(1)));
    const before = scenario.start('a', 800);
    expect(before.localWork.learningRate).toBe(0.1);
    change(scenario, { learningRate: 0.01, subset: { kind: 'subnetwork' } });
    expect(scenario.upload(before, 0.1)).toMatchObject({ accepted: true });
    const after = scenario.orderOf('a');
    expect([before.scheme, after.scheme]).toEqual([HEAD, SLICE]);
    expect(after.localWork.learningRate).toBe(0.01);
  });

  it('to another policy begins the choices anew, findings of searches included', () => {
    const scenario = createScenario(testConfig(buffer(1)), undefined, true);
    scenario.start('small', HEAD_BYTES);
    scenario.wait(2_000);
    scenario.handle({ kind: 'schemeFound', atMs: scenario.nowMs, budgetBytes: HEAD_BYTES, choice: null });
    const large = scenario.start('large');
    expect(large.scheme).toEqual(HEAD);
    change(scenario, { subset: { kind: 'tailored' } });
    scenario.upload(large, 0.1);
    expect(scenario.orderOf('large').scheme).toEqual(FULL);
    expect(scenario.coordinator.status().choices).toHaveLength(2);
  });

  it('refuses who can train nothing under the new policy, and nobody else', () => {
    const scenario = createScenario(testConfig(buffer(1)), undefined, true);
    scenario.start('small', HEAD_BYTES);
    scenario.start('large');
    scenario.wait(2_000);
    const full: SubsetPolicy = { kind: 'full' };
    const effects = change(scenario, { subset: full });
    expect(effects.filter(({ kind }) => kind === 'refuseDevice')).toEqual([
      { kind: 'refuseDevice', deviceId: 'small', smallestBudgetBytes: 1000 },
    ]);
    const { devices, choices } = scenario.coordinator.status();
    expect(devices.map(({ deviceId, presence }) => [deviceId, presence])).toEqual([
      ['large', 'connected'],
      ['small', 'gone'],
    ]);
    expect(choices.map(({ choice }) => choice.scheme)).toEqual([FULL]);
    // What was searched for before says nothing of this policy.
    scenario.handle({
      kind: 'schemeFound',
      atMs: scenario.nowMs,
      budgetBytes: HEAD_BYTES,
      choice: { scheme: HEAD, deviceBytes: HEAD_BYTES, trainedShare: 8 / 23 },
    });
    scenario.upload(scenario.orderOf('large'), 0.1);
    expect(scenario.orderOf('large').scheme).toEqual(FULL);
    expect(scenario.coordinator.config.subset).toEqual(full);
  });
});

it('a first cohort waits for as many as it is told', () => {
  const scenario = createScenario(
    testConfig({ ...COHORT, trigger: { kind: 'cohort', size: 3, first: 1, deadlineMs: 0 } }),
  );
  scenario.upload(scenario.start('a'), 0.1);
  expect(scenario.coordinator.version).toBe(1);
});

it('a removed device is as one that left', () => {
  const scenario = createScenario();
  scenario.start('a');
  scenario.handle({ kind: 'deviceRemoved', atMs: 1, deviceId: 'a' });
  expect(scenario.coordinator.status()).toMatchObject({ assignmentsOut: 0, devices: [{ presence: 'gone' }] });
});
