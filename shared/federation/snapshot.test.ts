import { describe, expect, it } from 'vitest';
import { findModel } from '../engine/models.ts';
import { restoreCoordinator } from './coordinator.ts';
import { createScenario, selectByBytes, testConfig, TINY_MODEL } from './testing/scenario.ts';

const dependencies = { config: testConfig(), model: TINY_MODEL, selectScheme: selectByBytes };

describe('a snapshot', () => {
  it('lists each array once and is not changed by what comes after it', () => {
    const scenario = createScenario(
      testConfig({ form: 'mixing', trigger: { kind: 'buffer', size: 3, deadlineMs: 0 } }),
    );
    for (const id of ['a', 'b', 'c']) scenario.start(id);
    scenario.upload(scenario.orderOf('a'), 0.1);
    const snapshot = scenario.coordinator.snapshot();
    // Four tensors, which are also every base, and one delta.
    expect(snapshot.arrays).toHaveLength(5);
    const copy = structuredClone(snapshot);
    for (const id of ['b', 'c']) scenario.upload(scenario.orderOf(id), 0.1);
    expect(scenario.coordinator.version).toBe(1);
    expect(snapshot).toEqual(copy);
  });

  it('of another model, another format, or with arrays missing is refused', () => {
    const { coordinator } = createScenario();
    const { json, arrays } = coordinator.snapshot();
    expect(() =>
      restoreCoordinator({ json, arrays }, { ...dependencies, model: findModel('digits') }),
    ).toThrow('expected 6 tensors, got 4');
    expect(() => restoreCoordinator({ json, arrays: arrays.slice(1) }, dependencies)).toThrow(
      'tensor dense1.weight must have 12 elements, got 3',
    );
    expect(() => restoreCoordinator({ json, arrays: [] }, dependencies)).toThrow('got none');
    expect(() => restoreCoordinator({ json: '{"format":0}', arrays }, dependencies)).toThrow(
      'format must be 11, got 0',
    );
  });
});
