// Device profiles: what an emulated device can do, as data from a file. Knows nothing of browsers.

import * as v from 'valibot';

const positive = v.pipe(
  v.number(),
  v.minValue(0, 'must be more than 0'),
  v.notValue(0, 'must be more than 0'),
);
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

const profileSchema = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]*$/, 'must be lower-case letters, digits and "-"')),
  /** Bounds all that the device holds for training. */
  budgetBytes: v.pipe(v.number(), v.integer(), v.minValue(131_072), v.maxValue(67_108_864)),
  /** Speed that the device paces itself to. */
  flopsPerSecond: positive,
  network: v.strictObject({
    latencyMs: v.pipe(v.number(), v.minValue(0)),
    downKBps: positive,
    upKBps: positive,
  }),
  /** Part of the fleet with this profile; the shares are taken relative to their sum. */
  share: positive,
  /** Part of these devices that is `factor` times slower than the profile. */
  stragglers: v.optional(v.strictObject({ share, factor: v.pipe(v.number(), v.minValue(1)) })),
  /** Each device stays and is away in turn; without it, it stays. */
  schedule: v.optional(v.strictObject({ staySeconds: positive, awaySeconds: positive })),
});

export type DeviceProfile = v.InferOutput<typeof profileSchema>;

/** Checks the content of a profiles file: a list of at least one. Throws TypeError naming the field and what came. */
export function parseProfiles(value: unknown): DeviceProfile[] {
  const result = v.safeParse(
    v.pipe(v.array(profileSchema), v.minLength(1, 'must have at least one profile')),
    value,
  );
  if (!result.success) {
    const [issue] = result.issues;
    const field = v.getDotPath(issue) ?? 'profiles';
    throw new TypeError(`profiles: ${field}: ${issue.message} (got ${issue.received})`);
  }
  return result.output;
}
