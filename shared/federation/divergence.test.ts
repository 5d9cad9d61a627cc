import { expect, test } from 'vitest';
import { createScenario, testConfig, type Scenario } from './testing/scenario.ts';

const inARow = ({ coordinator }: Scenario) => coordinator.status().divergedInARow;
const HELD = [0, 0, 0, 0];

function sayDiverged(scenario: Scenario, deviceId: string): void {
  scenario.handle({ kind: 'deviceReady', atMs: scenario.nowMs, deviceId, held: HELD, diverged: true });
}

function busy(): Scenario {
  const scenario = createScenario(testConfig({ trigger: { kind: 'buffer', size: 10, deadlineMs: 0 } }));
  scenario.start('a');
  scenario.start('b');
  return scenario;
}

test('work that diverges is counted, on devices and as values that are refused, until an update is accepted', () => {
  const scenario = busy();
  sayDiverged(scenario, 'a');
  scenario.upload(scenario.orderOf('b'), Number.NaN);
  sayDiverged(scenario, 'a');
  expect(inARow(scenario)).toBe(3);
  scenario.upload(scenario.orderOf('b'), 0.01);
  expect(inARow(scenario)).toBe(0);
});

test('a device without work says so in vain, and one that gives up work has not diverged', () => {
  const scenario = busy();
  sayDiverged(scenario, 'nobody');
  scenario.ready('a');
  expect(inARow(scenario)).toBe(0);
});
