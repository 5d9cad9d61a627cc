// What functions of somebody's own strategy keep: checked when it comes, and as JSON with arrays apart for snapshots. Pure.

import type { Kept } from './ownStrategy.ts';
import { wrongReturn } from './wrongReturn.ts';

/** Deeper is no data, but a circle. */
const MOST_DEPTH = 16;

/** The value, its records and lists frozen. Throws RangeError naming the place in it that is no plain data. */
export function checkKept(value: unknown, origin: string, place = 'kept', depth = 0): Kept {
  const refuse = (got: string): never => {
    throw wrongReturn(
      origin,
      place,
      'plain data: finite numbers, texts, true or false, null, Float32Arrays, lists and records',
      got,
    );
  };
  switch (typeof value) {
    case 'boolean':
    case 'string':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : refuse(String(value));
    case 'object':
      break;
    default:
      return refuse(value === undefined ? 'undefined' : `a ${typeof value}`);
  }
  if (value === null || value instanceof Float32Array) return value;
  if (depth === MOST_DEPTH) return refuse(`something that is deeper than ${MOST_DEPTH} levels`);
  if (Object.isFrozen(value) && checked.has(value)) return value as Kept;
  const isList = Array.isArray(value);
  const isRecord = [Object.prototype, null].includes(Object.getPrototypeOf(value));
  if (!isList && !isRecord) return refuse(`a ${value.constructor.name}`);
  for (const [name, each] of Object.entries(value))
    checkKept(each, origin, isList ? `${place}[${name}]` : `${place}.${name}`, depth + 1);
  checked.add(value);
  return Object.freeze(value) as Kept;
}

/** Frozen, and found to be data all the way down: not looked through again. */
const checked = new WeakSet<object>();

/** As JSON: arrays by where `keep` puts them. */
export type PlainKept =
  | null
  | boolean
  | number
  | string
  | { readonly array: number; readonly length: number }
  | { readonly list: readonly PlainKept[] }
  | { readonly record: readonly (readonly [string, PlainKept])[] };

export function keptToPlain(kept: Kept, keep: (array: Float32Array) => number): PlainKept {
  if (kept === null || typeof kept !== 'object') return kept;
  if (kept instanceof Float32Array) return { array: keep(kept), length: kept.length };
  if (isList(kept)) return { list: kept.map((each) => keptToPlain(each, keep)) };
  return { record: Object.entries(kept).map(([name, each]) => [name, keptToPlain(each, keep)]) };
}

/** `arrayAt`: that of the index, or RangeError where it has another length. */
export function plainToKept(
  plain: PlainKept,
  arrayAt: (index: number, length: number) => Float32Array,
): Kept {
  if (plain === null || typeof plain !== 'object') return plain;
  if ('array' in plain) return arrayAt(plain.array, plain.length);
  const kept: Kept =
    'list' in plain
      ? plain.list.map((each) => plainToKept(each, arrayAt))
      : Object.fromEntries(plain.record.map(([name, each]) => [name, plainToKept(each, arrayAt)]));
  checked.add(kept);
  return Object.freeze(kept);
}

function isList(kept: object): kept is readonly Kept[] {
  return Array.isArray(kept);
}
