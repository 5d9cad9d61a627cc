// Whether a device may go on with the copy that it has of a block which others train and it does not. Pure.
//
// Drift is bounded by the path: the sum of the lengths of all steps since, each relative to the block's own length. A block
// that goes there and back has travelled and not drifted; it is then sent though it need not be, never the other way round.

import type { Freshness } from '../../settings/values.ts';

/** How far a block had travelled, from the first version on, when a version was made. */
export interface Milestone {
  readonly version: number;
  readonly travelled: number;
}

/** Copies older than so many changes count as drifted away. */
const MAX_MILESTONES = 64;
export const PATH_START: readonly Milestone[] = [{ version: 0, travelled: 0 }];

/** A copy of version `heldVersion` when the block was changed in `changedVersion` and the model is at `version`. */
export function isFreshEnough(
  freshness: Freshness,
  copy: {
    readonly heldVersion: number;
    readonly changedVersion: number;
    readonly version: number;
    readonly path: readonly Milestone[];
  },
): boolean {
  const { heldVersion, changedVersion, version, path } = copy;
  if (changedVersion <= heldVersion) return true;
  switch (freshness.kind) {
    case 'always':
      return false;
    case 'every':
      return version - heldVersion < freshness.versions;
    case 'drift':
      return travelledSince(path, heldVersion) < freshness.share;
    default:
      throw new Error(`internal: freshness ${JSON.stringify(freshness satisfies never)}`);
  }
}

/** The path after a step from `before` to `after`, which makes `version`. */
export function lengthenPath(
  path: readonly Milestone[],
  before: Float32Array,
  after: Float32Array,
  version: number,
): readonly Milestone[] {
  let [step, own] = [0, 0];
  for (let i = 0; i < after.length; i++) {
    step += (after[i]! - before[i]!) ** 2;
    own += Math.max(before[i]! ** 2, after[i]! ** 2);
  }
  const travelled = path.at(-1)!.travelled + (own > 0 ? Math.sqrt(step / own) : 0);
  return [...path, { version, travelled }].slice(-MAX_MILESTONES);
}

function travelledSince(path: readonly Milestone[], heldVersion: number): number {
  const then = path.filter(({ version }) => version <= heldVersion).at(-1);
  return then ? path.at(-1)!.travelled - then.travelled : Infinity;
}
