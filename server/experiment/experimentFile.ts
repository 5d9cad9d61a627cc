// An experiment as data from a file: a grid of configurations and seeds, and what is compared with what. Knows nothing of how
// it is run.

import * as v from 'valibot';
import { parseWith } from '../simulate/parseWith.ts';

const name = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]*$/, 'must be lower-case letters, digits and "-"'));
/** Fields of a simulation's configuration, see simulationConfig.ts; objects are merged field by field. */
const change = v.record(v.string(), v.unknown());

const schema = v.strictObject({
  kind: v.literal('simulated'),
  title: v.string(),
  /** What the experiment asks, and how its settings were chosen; copied into its results. */
  about: v.optional(v.array(v.string()), []),
  /** File of the world, beside the experiment's own. */
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
  /** What `--quick` replaces. */
  quick: v.optional(
    v.strictObject({
      seeds: v.optional(v.pipe(v.array(v.number()), v.minLength(1, 'must have at least one seed'))),
      base: v.optional(change, {}),
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
  const { seeds, base } = experiment.quick;
  return { ...experiment, seeds: seeds ?? experiment.seeds, base: merge(experiment.base, base ?? {}) };
}

/** `over` replaces fields of `base`, objects field by field. */
export function merge(
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [field, value] of Object.entries(over)) {
    const kept = merged[field];
    merged[field] = isRecord(kept) && isRecord(value) ? merge(kept, value) : value;
  }
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
