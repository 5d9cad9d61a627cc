// Random lives of a fleet, and of the settings under which it lives.

import * as fc from 'fast-check';
import type { GivenTrigger } from '../../settings/trigger.ts';
import type { ContributionSource, Freshness, ServerOptimizer } from '../../settings/values.ts';
import type { GivenRun, RunConfig, RunSettings } from '../config.ts';
import { testConfig } from './scenario.ts';
import { runSettingsOf } from '../settings.ts';

export const NUM_DEVICES = 6;

export type Action =
  | { readonly kind: 'join' | 'ready' | 'lose' | 'leave'; readonly device: number; readonly choice: number }
  | { readonly kind: 'upload'; readonly device: number; readonly choice: number; readonly delta: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'change'; readonly choice: number };

const device = fc.nat(NUM_DEVICES - 1);
const choice = fc.nat(1000);
export const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('join' as const), device, choice }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('ready' as const), device, choice }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('lose' as const, 'leave' as const), device, choice }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('upload' as const),
      device,
      choice,
      delta: fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(0.01, -0.02, 0.03) },
        { weight: 1, arbitrary: fc.constantFrom(Number.NaN, 1e5, Number.POSITIVE_INFINITY) },
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 500, 3_000, 40_000) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('change' as const), choice }) },
);

const size = fc.integer({ min: 1, max: 3 });
const deadlineMs = fc.constantFrom(0, 1_000);
const trigger: fc.Arbitrary<GivenTrigger> = fc.oneof(
  fc.record({ kind: fc.constant('buffer' as const), size, deadlineMs }),
  fc.record(
    { kind: fc.constant('cohort' as const), size, first: size, deadlineMs },
    { requiredKeys: ['kind', 'size', 'deadlineMs'] },
  ),
);
export const config: fc.Arbitrary<RunConfig> = fc
  .record({
    trigger,
    concurrency: fc.integer({ min: 3, max: 8 }),
    form: fc.constantFrom('delta' as const, 'mixing' as const),
    optimizer: fc.constantFrom<ServerOptimizer>(
      { kind: 'plain' },
      { kind: 'momentum', decay: 0.5 },
      { kind: 'adam', decay: 0.9, squareDecay: 0.99, floor: 1e-3 },
    ),
    variance: fc.constantFrom('none' as const, 'bufferDistance' as const, 'coordinates' as const),
    maxStaleness: fc.constantFrom(0, 3, 100),
    subset: fc.constantFrom<NonNullable<GivenRun['subset']>>(
      { kind: 'weakest' },
      { kind: 'weakest', floorBytes: 500 },
      { kind: 'tailored' },
      { kind: 'subnetwork', rollEvery: 1 },
      { kind: 'rotating' },
      { kind: 'rotating', sliceBy: 'norm' },
      { kind: 'full' },
    ),
    onePerDevice: fc.constantFrom(undefined, true, false),
    averaging: fc.constantFrom(0, 0.9),
    contributions: fc.constantFrom<ContributionSource>(
      { kind: 'publicSet' },
      { kind: 'probes', perGroup: 2, numBatches: 4, patienceMs: 5_000 },
    ),
    partialWorkMs: fc.constantFrom(0, 5),
    freshness: fc.constantFrom<Freshness>(
      { kind: 'always' },
      { kind: 'every', versions: 3 },
      { kind: 'drift', share: 0.05 },
    ),
    seed: fc.nat(),
  })
  .map(
    ({
      trigger,
      concurrency,
      form,
      optimizer,
      variance,
      maxStaleness,
      subset,
      onePerDevice,
      averaging,
      contributions,
      partialWorkMs,
      freshness,
      seed,
    }) =>
      testConfig(
        {
          trigger,
          form,
          ...(form === 'delta' && { optimizer }),
          maxStaleness,
          variance: { kind: variance, exponent: 0.5 },
          age: { exponent: 0.5 },
          clipMultiple: 3,
          ...(onePerDevice !== undefined && { onePerDevice }),
          averaging,
        },
        { concurrency, seed, subset, freshness, partialWorkMs, contributions },
      ),
  );
/** What the settings are changed to: all but what a server never changes. */
export const changes: fc.Arbitrary<readonly RunSettings[]> = fc.array(config.map(runSettingsOf), {
  minLength: 1,
  maxLength: 4,
});
export const schedule = fc.array(action, { minLength: 5, maxLength: 60, size: 'max' });
