// The world that simulated devices live in, as data from a file: speeds, memory, networks, and how they come and go.
// A class has the fields of a fleet's device profile, so that a profiles file is a world, too. Knows nothing of runs.

import * as v from 'valibot';
import { parseWith } from '../schema/parseWith.ts';

const positive = v.pipe(v.number(), v.gtValue(0, 'must be more than 0'));
const notNegative = v.pipe(v.number(), v.minValue(0, 'must be at least 0'));
const share = v.pipe(v.number(), v.minValue(0, 'must be from 0 to 1'), v.maxValue(1, 'must be from 0 to 1'));

export const stragglersEntries = {
  /** Part of the devices that is `factor` times slower at computing than it would be. */
  share,
  factor: v.pipe(v.number(), v.minValue(1, 'must be at least 1')),
};

const classSchema = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]*$/, 'must be lower-case letters, digits and "-"')),
  /** Bounds all that the device holds for training. */
  budgetBytes: v.pipe(v.number(), v.integer('must be an integer'), v.minValue(1, 'must be at least 1')),
  /** Speed of training: the median of the class. */
  flopsPerSecond: positive,
  /** Standard deviation of the natural logarithm of a device's speed relative to its class. */
  speedSpread: v.optional(notNegative, 0),
  network: v.strictObject({
    /** Of a message one way, its bytes aside. */
    latencyMs: notNegative,
    downKBps: positive,
    upKBps: positive,
  }),
  /** The same for a device's bandwidth, both ways alike. */
  networkSpread: v.optional(notNegative, 0),
  /** Part of the world's devices of this class; the shares are taken relative to their sum. */
  share: positive,
  stragglers: v.optional(v.strictObject(stragglersEntries)),
  /** Each device stays and is away in turn for fixed times, in place of the world's churn. */
  schedule: v.optional(v.strictObject({ staySeconds: positive, awaySeconds: positive })),
});

const classesSchema = v.pipe(v.array(classSchema), v.minLength(1, 'must have at least one class'));

const churnSchema = v.strictObject({
  /** Means of exponential distributions. At the start as many devices are away as will be on average. */
  staySeconds: positive,
  awaySeconds: positive,
  /** Probability that a device drops out of an assignment. */
  dropOutShare: v.optional(share, 0),
});

export const worldSchema = v.strictObject({
  classes: classesSchema,
  /** Without it devices stay for good. */
  churn: v.optional(churnSchema),
});

export type World = v.InferOutput<typeof worldSchema>;
export type DeviceClass = v.InferOutput<typeof classSchema>;

/** Checks the content of a world file, or of a file of device profiles. Throws TypeError naming the field and what came. */
export function parseWorld(value: unknown): World {
  return Array.isArray(value)
    ? { classes: parseWith(classesSchema, value, 'world') }
    : parseWith(worldSchema, value, 'world');
}
