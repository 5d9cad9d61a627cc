// The averaged model: what is scored and given out is a mean of versions, what devices train from is the newest.

import { expect, it } from 'vitest';
import { restoreCoordinator } from './coordinator.ts';
import { runSettingsOf } from './settings.ts';
import { createScenario, HEAD_BYTES, selectByBytes, testConfig, TINY_MODEL } from './testing/scenario.ts';

const CONFIG = testConfig({ averaging: 0.9 });
/** Of the first element, whose versions are 0, 1 and 2: kept shares 2 / 11 and 3 / 12. */
const AVERAGE = 0.25 * (9 / 11) + 0.75 * 2;

function afterTwoSteps(budgetBytes?: number) {
  const scenario = createScenario(
    CONFIG,
    [12, 3, 6, 2].map((size) => new Float32Array(size)),
  );
  scenario.upload(scenario.start('a', budgetBytes), 1);
  scenario.upload(scenario.orderOf('a'), 1);
  return scenario;
}

it('is what the coordinator gives out, while devices go on from the newest version', () => {
  const scenario = afterTwoSteps();
  const { coordinator, effects } = scenario;
  for (const values of coordinator.parameters)
    for (const value of values) expect(value).toBeCloseTo(AVERAGE, 6);
  const stepped = effects.filter((effect) => effect.kind === 'stepped').at(-1)!;
  expect(stepped.parameters).toEqual(coordinator.parameters);
  const { blocks } = scenario.orderOf('a');
  expect(blocks.map(({ values }) => [...new Set(values)])).toEqual(blocks.map(() => [2]));
});

it('of what nobody trained is the very array that it began with', () => {
  const { coordinator } = afterTwoSteps(HEAD_BYTES);
  expect([...coordinator.parameters[0]!, ...coordinator.parameters[1]!].every((value) => value === 0)).toBe(
    true,
  );
  expect(coordinator.parameters[2]![0]).toBeCloseTo(AVERAGE, 6);
});

it('outlives a snapshot, and ends with the setting', () => {
  const scenario = afterTwoSteps();
  const { coordinator } = scenario;
  const dependencies = { config: CONFIG, model: TINY_MODEL, selectScheme: selectByBytes };
  const restored = restoreCoordinator(coordinator.snapshot(), dependencies);
  expect(restored.parameters).toEqual(coordinator.parameters);
  const settings = runSettingsOf(CONFIG);
  const strategy = { ...settings.strategy, averaging: 0 };
  scenario.handle({ kind: 'settingsChanged', atMs: scenario.nowMs, settings: { ...settings, strategy } });
  scenario.upload(scenario.orderOf('a'), 1);
  expect(coordinator.parameters.map(([first]) => first)).toEqual([3, 3, 3, 3]);
});

it('is refused where the share kept is none', () => {
  expect(() => createScenario(testConfig({ averaging: 1 }))).toThrow('averaging must be in [0, 1), got 1');
});
