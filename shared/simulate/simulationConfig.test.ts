import { describe, expect, test } from 'vitest';
import { parseSimulationConfig, runConfigOf } from './simulationConfig.ts';
import { parseWorld } from './world.ts';

const WORLD = {
  classes: [
    {
      name: 'phone',
      share: 1,
      budgetBytes: 1_000_000,
      flopsPerSecond: 1e9,
      network: { latencyMs: 1, downKBps: 1, upKBps: 1 },
    },
  ],
};
const LEAST = { task: 'digits', devices: 3, seed: 1, world: WORLD, stop: { updates: 1 } };

describe('what is wrong is named', () => {
  test.each([
    [{ devices: 0 }, /devices/],
    [{ devices: 1.5 }, /devices.*integer/],
    [{ seed: undefined }, /seed/],
    [{ seed: 'one' }, /simulation.seed: .*number/],
    [{ task: 'nothing' }, /task must be one of/],
    [{ strategy: 'best' }, /strategy/],
    [{ subset: 'best' }, /subset/],
    [{ deal: 'dirichlet:0' }, /dealing/],
    [{ stop: {} }, /stop.*updates, virtualSeconds or untilTarget/],
    [{ target: 1.5 }, /target/],
    [{ stragglers: { share: 2, factor: 10 } }, /stragglers.share/],
    [{ stragglers: { share: 0.5, factor: 0.5 } }, /stragglers.factor/],
    [{ localWork: { epoch: 1 } }, /localWork.epoch: there is no such field; did you mean "epochs"\?/],
    [{ speed: 1 }, /speed: there is no such field; did you mean "seed"\?/],
    [{ weather: 1 }, /weather: there is no such field; there are task, devices, seed, /],
    [{ stop: { update: 1 } }, /stop.update: .* did you mean "updates"\?/],
    [
      { world: { classes: [{ ...WORLD.classes[0], network: { latencyMS: 1 } }] } },
      /world.classes.0.network.latencyMS: .* did you mean "latencyMs"\?/,
    ],
    [{ strategyFields: { kapa: 1 } }, /strategyFields.kapa/],
    [{ strategyFields: { trigger: { sise: 1 } } }, /strategyFields.trigger.sise/],
    [{ strategyFields: { kappa: 'much' } }, /kappa/],
    [{ strategy: 'fedavg', buffer: 200, concurrency: 100 }, /concurrency/],
    [{ world: { classes: [] } }, /world.classes/],
    [{ world: { ...WORLD, churn: { staySeconds: 0, awaySeconds: 1 } } }, /world.churn.staySeconds/],
  ])('%j', (change, message) => {
    expect(() => parseSimulationConfig({ ...LEAST, ...change })).toThrow(message);
  });
});

test('fields of the strategy are replaced one by one, kinds as a whole', () => {
  const config = parseSimulationConfig({
    ...LEAST,
    strategyFields: { trigger: { size: 7 }, variance: { kind: 'none', exponent: 0 }, kappa: 0.5 },
  });
  const { strategy } = runConfigOf(config);
  expect(strategy.trigger).toMatchObject({ kind: 'buffer', size: 7, deadlineMs: 10_000 });
  expect(strategy.variance).toEqual({ kind: 'none', exponent: 0 });
  expect(strategy.kappa).toBe(0.5);
});

test('two epochs unless told otherwise; the rest of local work is the task’s', () => {
  expect(runConfigOf(parseSimulationConfig(LEAST)).localWork).toMatchObject({ epochs: 2, batch: 16 });
  const config = parseSimulationConfig({ ...LEAST, localWork: { epochs: 3, batch: 4 } });
  expect(runConfigOf(config).localWork).toMatchObject({ epochs: 3, batch: 4 });
});

test('a file of device profiles is a world', () => {
  const [phone] = WORLD.classes;
  const profile = { ...phone!, schedule: { staySeconds: 45, awaySeconds: 15 } };
  expect(parseWorld([profile]).classes[0]).toMatchObject(profile);
  expect(() => parseWorld([{ ...phone!, share: 0 }])).toThrow(/world.*share/);
});
