// What an update must be to be believed: a header within its ranges, finite values of sane size, the scheme's length.
// Pure: says what is wrong with it, counts and changes nothing.

import type { Delta } from '../../shared/contract/delta.ts';
import type { RefusalCode, UpdateHeader } from '../../shared/contract/messages.ts';
import { isHeldList } from './holding.ts';
import { momentsOf } from './policies/momentsOf.ts';
import { clipScale, isAbsurd, usualNorm, type NormWindow } from './policies/normWindow.ts';
import { sliceDelta, type Slice } from './slices.ts';

/** No honest parameter moves this far in one update. */
const MAX_ABSOLUTE_DELTA = 1e4;

export interface Fault {
  readonly code: RefusalCode;
  readonly message: string;
}

/** The first thing wrong with the header, or null. `maxSteps`: those of the assignment. */
export function headerFault(header: UpdateHeader, numTensors: number, maxSteps: number): Fault | null {
  const { lossFirst, lossLast, noise } = header;
  for (const [name, loss] of Object.entries({ lossFirst, lossLast }))
    if (!Number.isFinite(loss))
      return { code: 'notFinite', message: `${name} must be finite, got ${String(loss)}` };
  for (const name of ['steps', 'samples'] as const)
    if (!Number.isSafeInteger(header[name]) || header[name] < 1)
      return malformed(name, 'an integer >= 1', header[name]);
  if (header.steps > maxSteps)
    return malformed('steps', `at most the ${maxSteps} of the assignment`, header.steps);
  for (const name of ['overruns', 'deviceBytes', 'allocatedBytes'] as const)
    if (!Number.isSafeInteger(header[name]) || header[name] < 0)
      return malformed(name, 'an integer >= 0', header[name]);
  for (const name of ['stepMs', 'joinToFirstStepMs'] as const)
    if (!Number.isFinite(header[name]) || header[name] < 0)
      return malformed(name, 'a finite number >= 0', header[name]);
  if (!(noise >= -1 && noise <= 2)) return malformed('noise', 'between -1 and 2', noise);
  if (!isHeldList(header.held, numTensors))
    return malformed('held', `${numTensors} integers >= -1`, JSON.stringify(header.held));
  return null;
}

function malformed(name: string, expected: string, got: unknown): Fault {
  return { code: 'malformed', message: `${name} must be ${expected}, got ${String(got).slice(0, 100)}` };
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
    const { squares } = momentsOf(part);
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
