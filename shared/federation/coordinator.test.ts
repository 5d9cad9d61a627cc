import { describe, expect, it } from 'vitest';
import { initialParameters } from '../engine/initialParameters.ts';
import type { ModelSpec } from '../engine/model.ts';
import type { Precision } from '../engine/tensors.ts';
import { layerScheme, ratioScheme } from '../engine/scheme.ts';
import type { Holding } from '../contract/messages.ts';
import { createCoordinator } from './coordinator.ts';
import type { Effect } from './events.ts';
import { RELAX_AFTER_MS } from './schemeChoice.ts';
import type { SelectScheme } from './selectScheme.ts';
import {
  createScenario,
  FULL,
  FULL_BYTES,
  HEAD,
  HEAD_BYTES,
  scenarioOf,
  selectByBytes,
  testConfig,
  TINY_MODEL,
} from './testing/scenario.ts';

const kinds = (effects: readonly Effect[]) => effects.map((effect) => effect.kind);
const assigned = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'assign' ? [effect.order.deviceId] : []));

const moved = (held: number[]): Holding => ({ held, moved: true });

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

  it('bring of a tensor that the device trained in part no more than that part', () => {
    const scheme = ratioScheme(TINY_MODEL, { dense1: 1 / 3, dense2: 1 });
    const selectScheme: SelectScheme = (_subset, [budget]) => ({
      scheme: budget === HEAD_BYTES ? scheme : FULL,
      deviceBytes: budget!,
      trainedShare: 1,
    });
    const parameters = initialParameters(TINY_MODEL, 1);
    const scenario = scenarioOf(
      createCoordinator({ config: testConfig(), model: TINY_MODEL, parameters, selectScheme }),
    );
    const first = scenario.start('a', HEAD_BYTES);
    expect(first.blocks.map(({ part, bytes }) => [part, bytes])).toEqual([
      ['whole', 48],
      ['whole', 12],
      ['whole', 24],
      ['whole', 8],
    ]);
    scenario.upload(first, new Float32Array(4 + 1 + 6 + 2), moved([0, 0, 0, 0]));
    const second = scenario.orderOf('a');
    expect(second.blocks.map(({ tensor, part, bytes }) => [tensor, part, bytes])).toEqual([
      [0, 'slice', 16],
      [1, 'slice', 4],
      [2, 'whole', 24],
      [3, 'whole', 8],
    ]);
    // Elsewhere the rest is trained, too: then it comes whole.
    scenario.join('b', FULL_BYTES);
    scenario.leave('a');
    scenario.wait(RELAX_AFTER_MS);
    scenario.ready('b');
    scenario.upload(scenario.orderOf('b'), 0.1);
    scenario.join('a', HEAD_BYTES);
    scenario.ready('a', moved([1, 1, 1, 1]));
    expect(scenario.orderOf('a').blocks.map(({ part }) => part)).toEqual(Array(4).fill('whole'));
  });

  it('bring a block again that came in less than the device now holds it in', () => {
    const parameters = initialParameters(TINY_MODEL, 1);
    const inArena = (budgetBytes: number): Precision[] =>
      budgetBytes < FULL_BYTES
        ? ['int8', 'float32', 'float32', 'float32']
        : parameters.map((): Precision => 'float32');
    const scenario = scenarioOf(
      createCoordinator({
        config: testConfig(),
        model: TINY_MODEL,
        parameters,
        selectScheme: selectByBytes,
        precisionsOf: (_scheme, budgetBytes) => inArena(budgetBytes),
      }),
    );
    const first = scenario.start('a', HEAD_BYTES);
    // In int8 twelve levels and three scales would take as many bytes.
    expect(first.blocks[0]).toMatchObject({ precision: 'float16', bytes: 24 });
    const holding: Holding = {
      held: [0, 0, -1, -1],
      precisions: ['float16', 'float32', 'float32', 'float32'],
    };
    scenario.upload(first, 0.1, holding);
    expect(scenario.orderOf('a').blocks.map(({ tensor }) => tensor)).toEqual([2, 3]);
    scenario.join('a', FULL_BYTES);
    scenario.ready('a', holding);
    expect(scenario.orderOf('a').blocks.map(({ tensor }) => tensor)).toEqual([0, 2, 3]);
  });

  it('bring a block again that came in int4 where the run now sends no less than int8', () => {
    const model: ModelSpec = { ...TINY_MODEL, input: [4000] };
    const startWith = (down: 'int8' | 'int4') => {
      const scenario = scenarioOf(
        createCoordinator({
          config: testConfig({}, { encoding: { up: { kind: 'float32' }, down } }),
          model,
          parameters: initialParameters(model, 1),
          selectScheme: () => ({ scheme: layerScheme(model, ['dense2']), deviceBytes: 1, trainedShare: 0.1 }),
        }),
      );
      return { scenario, first: scenario.start('a').blocks[0] };
    };
    const [coarse, fine] = [startWith('int4'), startWith('int8')];
    expect(coarse.first).toMatchObject({ precision: 'int4', bytes: 12 + 6000 });
    expect(fine.first).toMatchObject({ precision: 'int8', bytes: 12 + 12_000 });
    const holding: Holding = {
      held: [0, 0, 0, 0],
      precisions: ['int4', 'float16', 'float16', 'float16'],
    };
    for (const { scenario } of [coarse, fine]) scenario.ready('a', holding);
    expect(coarse.scenario.orderOf('a').blocks).toEqual([]);
    expect(fine.scenario.orderOf('a').blocks.map(({ tensor }) => tensor)).toEqual([0]);
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
    scenario.upload(late, 0.1, { stepMs: 12.5, backend: 'webgpu' });
    expect(scenario.coordinator.status().devices[0]).toMatchObject({
      deviceId: 'a',
      updates: 1,
      lastStaleness: 1,
      meanStaleness: 1,
      trainedShare: 1,
      report: { stepMs: 12.5, backend: 'webgpu' },
      openAssignment: scenario.orderOf('a').assignmentId,
    });
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
