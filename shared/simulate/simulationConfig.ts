// One simulation as data: all that decides its figures. Checked by a schema before any work. How many threads compute it
// and where data files lie is not part of it. Knows nothing of how it is run.

import * as v from 'valibot';
import type { TaskDefinition } from '../tasks/task.ts';
import { findTask } from '../tasks/tasks.ts';
import type { RunConfig } from '../federation/config.ts';
import { checkConfig } from '../federation/checkConfig.ts';
import { parseDealing } from '../tasks/deal.ts';
import { flagsToRun } from '../settings/runSetup.ts';
import { LOCAL_WORK_SETTINGS, RUN_SETTINGS } from '../settings/runSettings.ts';
import { schemaFieldsOf } from '../settings/setting.ts';
import { strategySchema } from '../settings/strategyChoice.ts';
import { HOSTILE_KINDS } from './hostile.ts';
import { parseWith } from '../schema/parseWith.ts';
import { stragglersEntries, worldSchema } from './world.ts';
import { firstAwaited } from '../settings/trigger.ts';

/** Evaluations that a simulation may have. */
export const MAX_EVALUATIONS = 100_000;

const count = v.pipe(v.number(), v.safeInteger('must be an integer'), v.minValue(1, 'must be at least 1'));
const positive = v.pipe(v.number(), v.gtValue(0, 'must be more than 0'));

/** About what it takes, in a thread of its own. */
const USUAL_SEARCH_SECONDS = 1;

/** Passes over a shard where nobody says how many. */
const USUAL_EPOCHS = 2;
/** What fits into the memory of a machine, and what one thread computes within minutes. */
const MAX_DEVICES = 100_000;

/** Local work is in an object of its own, and a simulated device measures no speed that a tempo could follow. */
const { localWork: _localWork, tempoMs: _tempo, seed: _seed, ...SETTINGS } = RUN_SETTINGS;

const schema = v.strictObject({
  /** An id, or the name of a task file. */
  task: v.string(),
  devices: v.pipe(count, v.maxValue(MAX_DEVICES, `must be at most ${MAX_DEVICES}`)),
  seed: v.pipe(v.number(), v.safeInteger('must be an integer'), v.minValue(0, 'must be at least 0')),
  /** A preset's name, or what a strategy file says. */
  strategy: v.optional(strategySchema, 'ftte'),
  /** Replaces fields of the strategy, objects field by field. */
  strategyFields: v.optional(v.record(v.string(), v.unknown()), {}),
  ...schemaFieldsOf(SETTINGS),
  /** `iid`, `natural` or `dirichlet:ALPHA`. */
  deal: v.optional(v.string(), 'iid'),
  samplesPerDevice: v.optional(count, 60),
  /** Default: the task's, with two epochs. */
  localWork: v.optional(v.strictObject(schemaFieldsOf(LOCAL_WORK_SETTINGS)), {}),
  /** As a real run's, and part of what a result says of itself. */
  graceSeconds: v.optional(positive, 60),
  leaseSeconds: v.optional(positive, 600),
  /** All devices declare this in place of their class's. */
  budgetBytes: v.optional(count),
  /** Devices declare no more than this. */
  budgetCapBytes: v.optional(count),
  /** Virtual time that the search for a better scheme takes; without it, and without `contributions`, there is none. */
  searchSeconds: v.optional(positive),
  /** In place of those of the world's classes. */
  stragglers: v.optional(
    v.strictObject({
      ...stragglersEntries,
      /** `labels`: the stragglers are those devices that have most of some classes of the task, `share` of them. */
      tiedTo: v.optional(v.picklist(['nothing', 'labels']), 'nothing'),
    }),
  ),
  /** Devices, by chance, that send what harms. Default: none. */
  hostile: v.optional(
    v.strictObject({
      share: v.pipe(positive, v.maxValue(1, 'must be at most 1')),
      kind: v.picklist(HOSTILE_KINDS),
      lies: v.optional(v.boolean(), false),
    }),
  ),
  world: worldSchema,
  stop: v.pipe(
    v.strictObject({
      /** Accepted ones. */
      updates: v.optional(count),
      virtualSeconds: v.optional(positive),
      /** After three consecutive evaluations at or above the target. */
      untilTarget: v.optional(v.boolean(), false),
    }),
    v.check(
      ({ updates, virtualSeconds, untilTarget }) =>
        updates !== undefined || virtualSeconds !== undefined || untilTarget,
      'must name updates, virtualSeconds or untilTarget',
    ),
  ),
  /** Of the score on validation data; default: the task's. */
  target: v.optional(positive),
  /** The grid of virtual times. */
  evaluateEverySeconds: v.optional(positive, 1),
  /** Held back from the training data. */
  validationSamples: v.optional(count, 2000),
  /**
   * Every fifth sample of a class is kept out of each shard, and at the end each device makes a personal model of the last
   * version, as a tab does; both are judged by those samples.
   */
  personal: v.optional(v.boolean(), false),
  /** Relaxed SIMD: faster, but the last bits may differ from machine to machine. */
  relaxed: v.optional(v.boolean(), false),
});

export type SimulationInput = v.InferInput<typeof schema>;
export type SimulationConfig = v.InferOutput<typeof schema>;

/**
 * Checks a configuration and fills in the defaults. `ownTask`: that of the task file, where one is named. Throws TypeError or
 * RangeError naming the field.
 */
export function parseSimulationConfig(value: unknown, ownTask?: TaskDefinition): SimulationConfig {
  const config = parseWith(schema, value, 'simulation');
  const { metric } = ownTask ?? findTask(config.task);
  if (config.target !== undefined && config.target > 1 && metric !== 'mse')
    throw new TypeError(`simulation.target: must be at most 1 (got ${config.target})`);
  if (config.personal && metric === 'mse')
    throw new TypeError('simulation.personal: must be false where the outputs are no classes (got true)');
  parseDealing(config.deal);
  const run = runConfigOf(config, ownTask);
  checkConfig(run);
  expectEnd(config, run);
  const isSearching = config.contributions !== undefined && config.searchSeconds === undefined;
  return isSearching ? { ...config, searchSeconds: USUAL_SEARCH_SECONDS } : config;
}

/** What can be told beforehand of a simulation that would get nowhere. */
function expectEnd({ devices, stop, evaluateEverySeconds }: SimulationConfig, { strategy }: RunConfig): void {
  const awaited = firstAwaited(strategy.trigger);
  if (awaited > devices)
    throw new RangeError(
      `the first cohort waits for ${awaited} devices and there are ${devices}: more devices, or a smaller cohort (buffer)`,
    );
  const { virtualSeconds = 0 } = stop;
  if (virtualSeconds / evaluateEverySeconds > MAX_EVALUATIONS)
    throw new RangeError(
      `evaluateEverySeconds must be at least ${virtualSeconds / MAX_EVALUATIONS} for ${virtualSeconds} virtual s (at most ${MAX_EVALUATIONS} evaluations), got ${evaluateEverySeconds}`,
    );
}

/**
 * The run's configuration as a server would have it. `ownTask`: where the task is none known by name. Throws RangeError for
 * names and fields that are not known.
 */
export function runConfigOf(config: SimulationConfig, ownTask?: TaskDefinition): RunConfig {
  const { localWork, deal: _deal, ...flags } = config;
  return flagsToRun('simulation', { epochs: USUAL_EPOCHS, ...flags, ...defined(localWork) }, null, ownTask)
    .config;
}

function defined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
