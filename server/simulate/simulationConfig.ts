// One simulation as data: all that decides its figures. Checked by a schema before any work. How many threads compute it
// and where data files lie is not part of it. Knows nothing of how it is run.

import * as v from 'valibot';
import type { TaskDefinition } from '../../shared/tasks/task.ts';
import { findTask } from '../../shared/tasks/tasks.ts';
import type { RunConfig, Strategy } from '../federation/config.ts';
import { checkConfig } from '../federation/checkConfig.ts';
import { MAX_EVALUATIONS } from './progressWatch.ts';
import { parseDealing } from '../data/deal.ts';
import { flagsToRun, STRATEGY_CHOICES } from '../runSetup.ts';
import { HOSTILE_KINDS } from './hostile.ts';
import { parseWith } from './parseWith.ts';
import { stragglersEntries, worldSchema } from './world.ts';

const count = v.pipe(v.number(), v.safeInteger('must be an integer'), v.minValue(1, 'must be at least 1'));
const positive = v.pipe(v.number(), v.gtValue(0, 'must be more than 0'));

/** About what it takes, in a thread of its own. */
const USUAL_SEARCH_SECONDS = 1;

/** What fits into the memory of a machine, and what one thread computes within minutes. */
const MAX_DEVICES = 100_000;
const MAX_STEPS = 100_000;

const schema = v.strictObject({
  /** An id, or the name of a task file. */
  task: v.string(),
  devices: v.pipe(count, v.maxValue(MAX_DEVICES, `must be at most ${MAX_DEVICES}`)),
  seed: v.pipe(v.number(), v.safeInteger('must be an integer'), v.minValue(0, 'must be at least 0')),
  strategy: v.optional(v.picklist(STRATEGY_CHOICES), 'ftte'),
  /** Replaces fields of the strategy, objects field by field. */
  strategyFields: v.optional(v.record(v.string(), v.unknown()), {}),
  /** Default: the strategy's. */
  subset: v.optional(v.string()),
  /** Devices of smaller budgets have no say in what others train. */
  floorBytes: v.optional(count),
  /** Of what a device does not train: `always`, `every:VERSIONS`, `drift:SHARE`. */
  freshness: v.optional(v.string()),
  /** What a search goes by: `public`, `probes` or `probes:DEVICES`; there is one where it is said. */
  contributions: v.optional(v.string()),
  /** Updates of a server step, or devices of a cohort; default: the strategy's. */
  buffer: v.optional(count),
  /** Deltas are clipped to this multiple of the usual norm, 0: to none; default: the strategy's. */
  clip: v.optional(v.pipe(v.number(), v.minValue(0, 'must be at least 0'))),
  /** A mean of the versions is scored; each keeps this share of the mean before it. Default: the newest version is. */
  averaging: v.optional(v.number()),
  /** Assignments out at once; default: that of a real run. */
  concurrency: v.optional(count),
  /** `iid`, `natural` or `dirichlet:ALPHA`. */
  deal: v.optional(v.string(), 'iid'),
  samplesPerDevice: v.optional(count, 60),
  /** Default: the task's, with two epochs. */
  localWork: v.optional(
    v.strictObject({
      batch: v.optional(count),
      epochs: v.optional(count),
      maxSteps: v.optional(v.pipe(count, v.maxValue(MAX_STEPS, `must be at most ${MAX_STEPS}`))),
      learningRate: v.optional(positive),
    }),
    {},
  ),
  /** Of deltas: `float32`, `float16`, `int8` or `topk:SHARE`; of parameters: a precision. Default: those of a real run. */
  up: v.optional(v.string()),
  down: v.optional(v.string()),
  /** Slow devices do as many local steps as they can in this time. */
  partialWorkSeconds: v.optional(positive),
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
  parseDealing(config.deal);
  const run = runConfigOf(config, ownTask);
  checkConfig(run);
  expectEnd(config, run);
  const isSearching = config.contributions !== undefined && config.searchSeconds === undefined;
  return isSearching ? { ...config, searchSeconds: USUAL_SEARCH_SECONDS } : config;
}

/** What can be told beforehand of a simulation that would get nowhere. */
function expectEnd({ devices, stop, evaluateEverySeconds }: SimulationConfig, { strategy }: RunConfig): void {
  const { trigger } = strategy;
  const awaited = trigger.kind === 'cohort' ? (trigger.first ?? trigger.size) : 0;
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
  const {
    task,
    strategy,
    subset,
    floorBytes,
    freshness,
    contributions,
    buffer,
    averaging,
    clip,
    concurrency,
    seed,
    up,
    down,
  } = config;
  const flags = {
    task,
    strategy,
    seed,
    ...(subset !== undefined && { subset }),
    ...(floorBytes !== undefined && { floorBytes }),
    ...(freshness !== undefined && { freshness }),
    ...(contributions !== undefined && { contributions }),
    ...(buffer !== undefined && { buffer }),
    ...(averaging !== undefined && { averaging }),
    ...(clip !== undefined && { clip }),
    ...(concurrency !== undefined && { concurrency }),
    ...(up !== undefined && { up }),
    ...(down !== undefined && { down }),
  };
  const run = flagsToRun('simulation', flags, null, ownTask).config;
  const { batch, epochs, maxSteps, learningRate } = { ...run.localWork, epochs: 2, ...config.localWork };
  return {
    ...run,
    strategy: replaceFields('strategyFields', run.strategy, config.strategyFields) as Strategy,
    localWork: {
      batch: batch ?? run.localWork.batch,
      epochs: epochs ?? run.localWork.epochs,
      maxSteps: maxSteps ?? run.localWork.maxSteps,
      learningRate: learningRate ?? run.localWork.learningRate,
    },
    ...(config.partialWorkSeconds && { partialWorkMs: config.partialWorkSeconds * 1000 }),
    graceMs: config.graceSeconds * 1000,
    leaseMs: config.leaseSeconds * 1000,
  };
}

function replaceFields(path: string, base: object, fields: Readonly<Record<string, unknown>>): object {
  const replaced = Object.entries(fields).map(([name, value]) => {
    const kept = (base as Record<string, unknown>)[name];
    if (kept === undefined && !OPTIONAL_FIELDS.has(name))
      throw new RangeError(`${path}.${name} must be one of ${Object.keys(base).join(', ')}`);
    const isNested = isRecord(kept) && isRecord(value) && (value['kind'] ?? kept['kind']) === kept['kind'];
    return [name, isNested ? replaceFields(`${path}.${name}`, kept, value) : value];
  });
  return { ...base, ...Object.fromEntries(replaced) };
}

/** Of a buffer trigger, of a strategy. */
const OPTIONAL_FIELDS: ReadonlySet<string> = new Set(['deviceShare', 'onePerDevice', 'optimizer']);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
