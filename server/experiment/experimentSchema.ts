// What an experiment's file may say.

import * as v from 'valibot';

const name = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and "-"'),
);
/** Fields of a simulation's configuration, see simulationConfig.ts; objects are merged field by field. */
const change = v.record(v.string(), v.unknown());
const texts = v.optional(v.array(v.string()), []);
const seeds = v.pipe(
  v.array(v.pipe(v.number(), v.safeInteger('must be an integer'))),
  v.minLength(1, 'must have at least one seed'),
);

/** One thing that is varied: the grid is all combinations of the values of all axes. */
const axis = v.strictObject({
  name,
  label: v.string(),
  values: v.pipe(
    v.array(
      v.strictObject({
        /** Unlike that of every other value, of other axes too. */
        name,
        label: v.string(),
        /** Where it differs from `base`. */
        change: v.optional(change, {}),
        /** Where a chart draws it; default: the first, second, third ... place. */
        at: v.optional(v.number()),
      }),
    ),
    v.minLength(1, 'must have at least one value'),
  ),
});

const config = v.strictObject({
  name,
  label: v.string(),
  /** Where it differs from `base`; goes before what axes change. */
  change: v.optional(change, {}),
  /** Besides, in the conditions that have the value of that name. */
  when: v.optional(v.record(v.string(), change), {}),
  /** Names of values: only in conditions that have one of them. */
  only: v.optional(v.array(v.string())),
  /** Tried on the seeds of `tuning`; the best by validation data is what is run. */
  tuned: v.optional(
    v.pipe(
      v.array(v.strictObject({ label: v.string(), change: v.optional(change, {}) })),
      v.minLength(1, 'must have at least one setting'),
    ),
  ),
});

/** See pictures.ts. */
const picture = v.strictObject({
  /** Of its files. */
  name,
  title: v.string(),
  /**
   * `curves`: the score over `x` (`virtualSeconds`, `payloadBytes` or `updates`), a picture for each condition. `lines`: the
   * figure `y` over the values of the axis `x`, or over the figure `x`. `dots`: the figure `x`, a row for each condition.
   * `devices`: the accuracies of all devices by rank, of the shared and of the personal model. `memory`, `staleness`.
   */
  kind: v.picklist(['curves', 'lines', 'dots', 'devices', 'memory', 'staleness']),
  x: v.optional(v.string()),
  y: v.optional(v.string()),
  /** Default: all. */
  configs: v.optional(v.array(v.string())),
  /** The axis of `lines`: in powers. */
  log: v.optional(v.boolean()),
  /** The figure of `lines`, too. */
  logY: v.optional(v.boolean()),
  /** With TensorFlow.js's memory for a step of the whole model as a line, where `x` is bytes. */
  tfjs: v.optional(v.boolean(), false),
});

export const experimentSchema = v.strictObject({
  /**
   * `simulated`: in virtual time. `fidelity`: each configuration in real tabs and simulated, side by side. `browsers`: in real
   * tabs, to the target.
   */
  kind: v.picklist(['simulated', 'fidelity', 'browsers']),
  title: v.string(),
  /** What the experiment asks, and how its settings were chosen; copied into its results. */
  about: texts,
  /** What was tried and dropped, a line each; copied into its results. */
  dropped: texts,
  /** File of the world, or with tabs of device profiles, beside the experiment's own. */
  world: v.string(),
  seeds,
  /** What all configurations have in common. */
  base: change,
  axes: v.optional(v.array(axis), []),
  configs: v.pipe(v.array(config), v.minLength(1, 'must have at least one configuration')),
  /** The same fleet without what makes it hard: each cell is compared with itself under this change, too. */
  yardstick: v.optional(v.strictObject({ label: v.string(), change })),
  /** On seeds that are not reported; in all combinations of the values of the axes `per`, with the first value of the others. */
  tuning: v.optional(v.strictObject({ seeds, per: v.optional(v.array(v.string()), []) })),
  /** Names of the configurations that all others are compared with. */
  against: v.optional(v.array(name), []),
  /** Figures that have a table of their own, conditions by configurations; see figures.ts. */
  tables: v.optional(v.array(v.string()), []),
  pictures: v.optional(v.array(picture)),
  /** With tabs: seconds that are compared, or within which the target is to be reached. */
  seconds: v.optional(v.pipe(v.number(), v.gtValue(0, 'must be more than 0'))),
  /** What `--quick` replaces. */
  quick: v.optional(
    v.strictObject({
      seeds: v.optional(seeds),
      base: v.optional(change, {}),
      /** Names of the values that are left of an axis. */
      axes: v.optional(
        v.record(v.string(), v.pipe(v.array(v.string()), v.minLength(1, 'must keep a value'))),
        {},
      ),
      /** Names of the configurations that are left. */
      configs: v.optional(v.array(v.string())),
      /** Without it each runs with the first of its settings. */
      tunes: v.optional(v.boolean(), false),
      seconds: v.optional(v.number()),
    }),
    {},
  ),
});

export type Experiment = v.InferOutput<typeof experimentSchema>;
export type ExperimentConfig = Experiment['configs'][number];
export type Axis = Experiment['axes'][number];
export type Picture = NonNullable<Experiment['pictures']>[number];
