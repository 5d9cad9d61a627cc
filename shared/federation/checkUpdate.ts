// What an update must be to be believed: no more steps than were asked for, finite values of sane size, the scheme's length.
// Pure: says what is wrong with it, counts and changes nothing.

import type { Delta } from '../contract/delta.ts';
import type { RefusalCode, UpdateHeader } from '../contract/messages.ts';
import { powerSumsOf } from './policies/powerSumsOf.ts';
import { clipScale, isAbsurd, usualNorm, type NormWindow } from './policies/normWindow.ts';
import { sliceDelta, type Slice } from './slices.ts';

/** No honest parameter moves this far in one update. */
const MAX_ABSOLUTE_DELTA = 1e4;

export interface Fault {
  readonly code: RefusalCode;
  readonly message: string;
}

/** More steps than the assignment has, or null. All else of a header is as the contract has it, or never got here. */
export function stepsFault({ steps }: UpdateHeader, maxSteps: number): Fault | null {
  if (steps <= maxSteps) return null;
  const message = `steps must be at most the ${maxSteps} of the assignment, got ${steps}`;
  return { code: 'malformed', message };
}

/** Of one slice of a sound delta. */
export interface SliceNorm {
  readonly tensor: number;
  /** After clipping, as the tensor's window has it (policies/normWindow.ts). */
  readonly norm: number;
  /** Clipping, in (0, 1]. */
  readonly scale: number;
}

/** What a delta is held against. */
export interface Measure {
  /** One a tensor. */
  readonly windows: readonly NormWindow[];
  /** Limit of a norm as a multiple of the usual one; 0: no clipping. */
  readonly clipMultiple: number;
  /** Local steps that it is believed to be made of. */
  readonly steps: number;
  /** How far a tensor may move of which nothing is usual yet. */
  readonly scaleOf: (tensor: number) => number;
}

/** The norms of a delta that has all the slices' elements, or what is wrong with it. */
export function measureDelta(
  delta: Delta,
  slices: readonly Slice[],
  { windows, clipMultiple, steps, scaleOf }: Measure,
): readonly SliceNorm[] | Fault {
  const rootSteps = Math.sqrt(steps);
  const parts: { tensor: number; norm: number; usual: number; size: number; limit: number }[] = [];
  for (const slice of slices) {
    const { tensor, size } = slice;
    const part = sliceDelta(slice, delta);
    const { squares } = powerSumsOf(part);
    // Squares that add up to less than the largest allowed one need no look at each value.
    const fault = squares <= MAX_ABSOLUTE_DELTA ** 2 ? null : valuesFault(part.values);
    if (fault) return fault;
    const known = usualNorm(windows[tensor]!);
    const usual = known === null ? scaleOf(tensor) : known * rootSteps;
    const limit = known === null ? usual : clipMultiple * usual;
    parts.push({ tensor, norm: Math.sqrt(squares / size), usual, size, limit });
  }
  if (isAbsurd(parts))
    return { code: 'tooLarge', message: 'the delta is out of all proportion to the others' };
  return parts.map(({ tensor, norm, limit }) => {
    const scale = clipMultiple === 0 ? 1 : clipScale(norm, limit);
    return { tensor, norm: (scale * norm) / rootSteps, scale };
  });
}

function valuesFault(values: Float32Array): Fault | null {
  for (const value of values) {
    if (!Number.isFinite(value)) return { code: 'notFinite', message: `a value of the delta is ${value}` };
    if (Math.abs(value) > MAX_ABSOLUTE_DELTA)
      return {
        code: 'tooLarge',
        message: `values of the delta must be within ${MAX_ABSOLUTE_DELTA}, got ${value}`,
      };
  }
  return null;
}
