// One suite for all strategies: what an aggregation must do, whatever its weights.

import { describe, expect, it } from 'vitest';
import { initialParameters } from '../engine/initialParameters.ts';
import { resizedTrigger } from '../settings/trigger.ts';
import type { Strategy } from './config.ts';
import { findStrategy, STRATEGIES } from './strategies.ts';
import { makeBatches, meanLossOver, trainSteps } from './testing/localTraining.ts';
import { createScenario, HEAD_BYTES, testConfig, TINY_MODEL } from './testing/scenario.ts';

const START = initialParameters(TINY_MODEL, 3);
const IDS = ['a', 'b', 'c'];

function scenarioOfThree(strategy: Strategy, budgetBytes?: number) {
  const trigger = { ...resizedTrigger(strategy.trigger, 3), deadlineMs: 0 };
  const scenario = createScenario(testConfig({ ...strategy, trigger }), START);
  for (const id of IDS) scenario.join(id, budgetBytes);
  for (const id of IDS) scenario.ready(id);
  return scenario;
}

const variants: readonly Strategy[] = [
  ...STRATEGIES,
  ...(['gradientNoise', 'bufferDistance'] as const).map((kind) => ({
    ...findStrategy('ftte'),
    name: `ftte with ${kind}`,
    variance: { kind, exponent: 0.5 },
  })),
  {
    ...findStrategy('ftte'),
    name: 'ftte with a negative exponent',
    variance: { kind: 'coordinates', exponent: -0.5 },
  },
  { ...findStrategy('ftte'), name: 'ftte, relative', normalisation: 'relative', coverageExponent: 0.5 },
];

describe.each(variants)('$name', (strategy) => {
  it('stays where it is when nobody moved', () => {
    const scenario = scenarioOfThree(strategy);
    for (const id of IDS) scenario.upload(scenario.orderOf(id), 0);
    expect(scenario.coordinator.version).toBe(1);
    expect(scenario.coordinator.parameters).toEqual(START);
  });

  it('moves by the server learning rate where all fresh updates agree', () => {
    const scenario = scenarioOfThree(strategy);
    for (const [k, id] of IDS.entries())
      scenario.upload(scenario.orderOf(id), 0.25, { samples: k + 1, noise: 0.5 });
    scenario.coordinator.parameters.forEach((values, t) =>
      values.forEach((w, j) => expect(w).toBeCloseTo(START[t]![j]! + 0.25 * strategy.serverLearningRate, 6)),
    );
  });

  it('does not care in which order updates arrive', () => {
    const [forward, backward] = [IDS, [...IDS].reverse()].map((ids) => {
      const scenario = scenarioOfThree(strategy);
      for (const id of ids) {
        const k = IDS.indexOf(id);
        const delta = Float32Array.from({ length: 23 }, (_, j) => Math.sin(j + 5 * k) / 10);
        scenario.upload(scenario.orderOf(id), delta, { samples: k + 1, noise: k / 2 });
      }
      return scenario.coordinator.parameters;
    });
    forward!.forEach((values, t) => values.forEach((w, j) => expect(w).toBeCloseTo(backward![t]![j]!, 6)));
  });

  it('leaves what nobody trained the very same arrays', () => {
    const scenario = scenarioOfThree(strategy, HEAD_BYTES);
    for (const id of IDS) scenario.upload(scenario.orderOf(id), 0.25);
    const { parameters } = scenario.coordinator;
    expect(parameters[0]).toBe(START[0]);
    expect(parameters[1]).toBe(START[1]);
    expect(parameters[2]).not.toEqual(START[2]);
  });

  it('learns from three devices with data of their own', async () => {
    const scenario = scenarioOfThree({ ...strategy, serverLearningRate: 1 });
    const held = makeBatches(99, 30);
    const before = await meanLossOver(START, held);
    for (let round = 0; round < 30; round++) {
      const base = scenario.coordinator.parameters;
      const orders = IDS.map((id) => scenario.orderOf(id));
      for (const [k, order] of orders.entries()) {
        const { delta } = await trainSteps(base, makeBatches(k, 8), order.scheme);
        expect(scenario.upload(order, delta, { samples: 32, steps: 8, noise: 0.5 })).toMatchObject({
          accepted: true,
        });
      }
    }
    expect(scenario.coordinator.version).toBe(30);
    expect(await meanLossOver(scenario.coordinator.parameters, held)).toBeLessThan(0.7 * before);
  });
});

describe('a strategy by name', () => {
  it('may have fields replaced, and an unknown one lists the known', () => {
    expect(findStrategy('ftte', { kappa: 1 })).toEqual({ ...findStrategy('ftte'), kappa: 1 });
    expect(() => findStrategy('nope')).toThrow(
      'one of ftte, fedBuff, fedAsync, fedAsyncMixing, fedAvg, got "nope"',
    );
  });
});
