// Six simulations to the last digit, one of each kind of thing that decides figures. They say that a change which is to change no
// figure has changed none; where one is to, write them anew and say why in the commit:
//
//     npm test -- server/simulate/golden -u

import { expect, test, vi } from 'vitest';
import { createComputePool } from './pool/computePool.ts';
import { simulate } from './simulate.ts';
import type { SimulationInput } from '../../shared/simulate/simulationConfig.ts';
import type { SimulationResult } from '../../shared/simulate/simulationResult.ts';

vi.setConfig({ testTimeout: 240_000 });

const CLASSES = [
  { name: 'laptop', share: 2, budgetBytes: 4_000_000, flopsPerSecond: 2e9, speedSpread: 0.4 },
  { name: 'watch', share: 1, budgetBytes: 200_000, flopsPerSecond: 4e8, speedSpread: 0.2 },
].map((each) => ({
  ...each,
  network: { latencyMs: 20, downKBps: 1500, upKBps: 600 },
  networkSpread: 0.3,
}));
/** As the classes, but too small for any scheme of the whole network. */
const TINY_WATCH = [CLASSES[0]!, { ...CLASSES[1]!, budgetBytes: 40_000 }];
const CHURN = { staySeconds: 6, awaySeconds: 3, dropOutShare: 0.1 };

/** What is not said here is a default, and what is a default may change: all is said. */
const COMMON = {
  task: 'digits',
  devices: 16,
  seed: 11,
  concurrency: 10,
  deal: 'dirichlet:0.3',
  samplesPerDevice: 24,
  localWork: { batch: 8, epochs: 2, maxSteps: 40, learningRate: 0.02 },
  graceSeconds: 2,
  leaseSeconds: 30,
  validationSamples: 150,
  evaluateEverySeconds: 0.5,
  target: 0.9,
  world: { classes: CLASSES, churn: CHURN },
  stop: { updates: 60 },
} satisfies Partial<SimulationInput>;

const BUFFERED = {
  trigger: { kind: 'buffer', size: 4, deviceShare: 0.25, deadlineMs: 4000 },
  age: { exponent: 0.5 },
  variance: { kind: 'coordinates', exponent: 0.5 },
  coverageExponent: 0,
  normalisation: 'absolute',
  kappa: 0.25,
  serverLearningRate: 1,
  form: 'delta',
  maxStaleness: 50,
  clipMultiple: 5,
  maxSamples: 1000,
  onePerDevice: false,
};
const UNWEIGHED = { ...BUFFERED, variance: { kind: 'none', exponent: 0 }, kappa: 0, clipMultiple: 0 };

const SIMULATIONS: Readonly<Record<string, SimulationInput>> = {
  'ftte, weakest by probes, stragglers tied to labels': {
    ...COMMON,
    strategy: 'ftte',
    strategyFields: BUFFERED,
    subset: 'weakest',
    contributions: 'probes:2',
    searchSeconds: 0.5,
    stragglers: { share: 0.5, factor: 6, tiedTo: 'labels' },
    up: 'topk:0.1',
    down: 'int8',
  },
  'ftte, tailored and averaged, int4, copies of three versions': {
    ...COMMON,
    strategy: 'ftte',
    strategyFields: { ...BUFFERED, onePerDevice: true },
    subset: 'tailored',
    averaging: 0.9,
    freshness: 'every:3',
    up: 'topk:0.05',
    down: 'int4',
  },
  'ftte, rolling subnetworks, int8': {
    ...COMMON,
    strategy: 'ftte',
    strategyFields: { ...BUFFERED, variance: { kind: 'gradientNoise', exponent: 0.5 } },
    subset: 'rolling',
    world: { classes: TINY_WATCH, churn: CHURN },
    up: 'int8',
    down: 'int8',
  },
  'fedbuff, the whole model': {
    ...COMMON,
    strategy: 'fedbuff',
    strategyFields: UNWEIGHED,
    subset: 'full',
    stragglers: { share: 0.25, factor: 4, tiedTo: 'nothing' },
    up: 'float32',
    down: 'float32',
  },
  'fedasync, subnetworks, float16': {
    ...COMMON,
    strategy: 'fedasync',
    strategyFields: {
      ...UNWEIGHED,
      trigger: { kind: 'buffer', size: 1, deviceShare: 0, deadlineMs: 0 },
      serverLearningRate: 0.6,
    },
    subset: 'subnetwork',
    world: { classes: TINY_WATCH },
    up: 'float16',
    down: 'float16',
  },
  'fedavg, cohorts with a deadline, partial work': {
    ...COMMON,
    strategy: 'fedavg',
    strategyFields: {
      ...UNWEIGHED,
      trigger: { kind: 'cohort', size: 6, deadlineMs: 3000 },
      age: { exponent: 0 },
      maxStaleness: 0,
    },
    subset: 'full',
    partialWorkSeconds: 0.2,
    up: 'float32',
    down: 'float32',
  },
};

/** The figures that an experiment looks at, of each simulation. */
function figuresOf(result: SimulationResult): Readonly<Record<string, unknown>> {
  const {
    personal: _personal,
    recalls: _recalls,
    slowClasses: _slow,
    wallSeconds: _wall,
    serverBytes: _server,
    curve,
    schemes,
    byClass,
    stalenessCounts,
    refusals,
    ...figures
  } = result;
  return {
    ...figures,
    refusals: JSON.stringify(refusals),
    stalenessCounts: stalenessCounts.join(' '),
    updatesByClass: Object.values(byClass)
      .map(({ updates }) => updates)
      .join(' '),
    trainedShares: schemes
      .map(({ trainedShare, assignments }) => `${trainedShare} x ${assignments}`)
      .join(', '),
    curve: curve.map(({ score, loss, payloadBytes }) => `${score} ${loss} ${payloadBytes}`).join(', '),
  };
}

test('six simulations give the figures that they gave', async () => {
  const pool = createComputePool(2);
  const figures: Record<string, unknown> = {};
  for (const [name, input] of Object.entries(SIMULATIONS)) {
    const result = await simulate(input, { pool });
    expect(result.stoppedBy, name).toBe('updates');
    expect(result.versions, name).toBeGreaterThan(5);
    figures[name] = figuresOf(result);
  }
  await pool.close();
  await expect(`${JSON.stringify(figures, null, 2)}\n`).toMatchFileSnapshot('golden.json');
});
