// An experiment as data from a file: a grid of configurations and seeds, and what is compared with what. Knows nothing of how
// it is run.

import * as v from 'valibot';
import { parseWith } from '../../shared/schema/parseWith.ts';

const name = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]*$/, 'must be lower-case letters, digits and "-"'));
/** Fields of a simulation's configuration, see simulationConfig.ts; objects are merged field by field. */
const change = v.record(v.string(), v.unknown());

const schema = v.strictObject({
  /**
   * `simulated`: in virtual time. `fidelity`: each configuration in real tabs and simulated, side by side. `browsers`: in real
   * tabs, to the target.
   */
  kind: v.picklist(['simulated', 'fidelity', 'browsers']),
  title: v.string(),
  /** What the experiment asks, and how its settings were chosen; copied into its results. */
  about: v.optional(v.array(v.string()), []),
  /** File of the world, or with tabs of device profiles, beside the experiment's own. */
  world: v.string(),
  seeds: v.pipe(v.array(v.pipe(v.number(), v.safeInteger())), v.minLength(1, 'must have at least one seed')),
  /** What all configurations have in common. */
  base: change,
  configs: v.pipe(
    v.array(
      v.strictObject({
        name,
        label: v.string(),
        /** Where it differs from `base`. */
        change: v.optional(change, {}),
      }),
    ),
    v.minLength(1, 'must have at least one configuration'),
  ),
  /** Names of the configurations that all others are compared with. */
  against: v.optional(v.array(name), []),
  /** With tabs: seconds that are compared, or within which the target is to be reached. */
  seconds: v.optional(v.pipe(v.number(), v.gtValue(0, 'must be more than 0'))),
  /** What `--quick` replaces. */
  quick: v.optional(
    v.strictObject({
      seeds: v.optional(v.pipe(v.array(v.number()), v.minLength(1, 'must have at least one seed'))),
      base: v.optional(change, {}),
      seconds: v.optional(v.number()),
    }),
    {},
  ),
});

export type Experiment = v.InferOutput<typeof schema>;

/** Throws TypeError naming the field that cannot work. */
export function parseExperiment(value: unknown): Experiment {
  const experiment = parseWith(schema, value, 'experiment');
  const names = experiment.configs.map((config) => config.name);
  if (new Set(names).size < names.length)
    throw new TypeError(`experiment: configs must have different names, got ${names.join(', ')}`);
  for (const other of experiment.against)
    if (!names.includes(other))
      throw new TypeError(`experiment: against must be one of ${names.join(', ')}, got "${other}"`);
  return experiment;
}

/** The experiment that `--quick` runs: fewer seeds, a coarser base. */
export function quickOf(experiment: Experiment): Experiment {
  const { quick, seconds = quick.seconds } = experiment;
  return {
    ...experiment,
    seeds: quick.seeds ?? experiment.seeds,
    base: merge(experiment.base, quick.base ?? {}),
    ...(seconds !== undefined && { seconds: quick.seconds ?? seconds }),
  };
}

/** The experiment with what strategy files say in place of their names; `read` does so in one set of fields. */
export function withStrategyFiles(
  experiment: Experiment,
  read: (fields: Readonly<Record<string, unknown>>) => Record<string, unknown>,
): Experiment {
  const { base, configs, quick } = experiment;
  return {
    ...experiment,
    base: read(base),
    configs: configs.map((config) => ({ ...config, change: read(config.change) })),
    quick: { ...quick, ...(quick.base && { base: read(quick.base) }) },
  };
}

/** `over` replaces fields of `base`, objects field by field, but for a strategy, which comes as a whole. */
export function merge(
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [field, value] of Object.entries(over)) {
    const kept = merged[field];
    const isNested = field !== 'strategy' && isRecord(kept) && isRecord(value);
    merged[field] = isNested ? merge(kept, value) : value;
  }
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
