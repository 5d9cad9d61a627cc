import { afterAll, expect, test, vi } from 'vitest';
import { measureOverhead } from './measureOverhead.ts';
import { createComputePool } from './pool/computePool.ts';
import { simulate } from './simulate.ts';
import type { SimulationInput } from '../../shared/simulate/simulationConfig.ts';

const NETWORK = { latencyMs: 10, downKBps: 4000, upKBps: 2000 };
/** With room for a whole batch, and with so little that it is cut up. */
const CLASSES = [4_000_000, 200_000].map((budgetBytes) => ({
  name: `bytes-${budgetBytes}`,
  share: 1,
  budgetBytes,
  flopsPerSecond: 2e9,
  speedSpread: 0.4,
  network: NETWORK,
  networkSpread: 0.5,
}));
const CONFIG: SimulationInput = {
  task: 'digits',
  devices: 6,
  seed: 5,
  samplesPerDevice: 16,
  localWork: { batch: 8, epochs: 1 },
  validationSamples: 75,
  world: { classes: CLASSES, churn: { staySeconds: 4, awaySeconds: 2, dropOutShare: 0.15 } },
  stop: { updates: 12 },
};

vi.setConfig({ testTimeout: 240_000 });
const pool = createComputePool(2);
afterAll(() => pool.close());

test('repeats the local steps of all updates, and leaves what a simulation gives as it was', async () => {
  const { wallSeconds: _, ...before } = await simulate(CONFIG, { pool });
  const overhead = await measureOverhead(CONFIG, { pool, dataDir: '' });
  // What was under way at the end was dropped.
  expect(overhead.updates).toBeGreaterThanOrEqual(before.accepted);
  expect(overhead.updates).toBeLessThanOrEqual(before.accepted + before.interrupted + before.refused + 6);
  for (const figure of Object.values(overhead)) expect(figure).toBeGreaterThan(0);
  const { wallSeconds: __, ...after } = await simulate(CONFIG, { pool });
  expect(after).toEqual(before);
});
