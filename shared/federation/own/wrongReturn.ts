// How a function of somebody's own strategy is told to be wrong: its name, what was expected, what came.

import type { OwnFunctions, OwnRules } from './ownStrategy.ts';

/** For messages: `weigh of mine.ts`. */
export function originOf({ file }: OwnRules, name: keyof OwnFunctions): string {
  return `${name} of ${file}`;
}

export function wrongReturn(origin: string, place: string, expected: string, got: string): RangeError {
  return new RangeError(`${origin} must return ${place === '' ? '' : `as ${place} `}${expected}, got ${got}`);
}

/** Calls it. What it throws comes out with the function's name. */
export function callOwn<T>(origin: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const { message = String(error) } = error as Partial<Error>;
    throw new RangeError(`${origin} threw: ${message}`, { cause: error });
  }
}

/** For messages: what came in a few words. */
export function describeReturn(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of ${(value as Float32Array).length}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return `a record of ${Object.keys(value).join(', ') || 'nothing'}`;
  return typeof value === 'string'
    ? JSON.stringify(value)
    : `${typeof value === 'function' ? 'a function' : String(value)}`;
}

/** An answer that may come alone, or in a record with what is kept. */
export function splitAnswer(
  answer: unknown,
  field: string,
): { readonly value: unknown; readonly kept?: unknown } {
  const isRecord =
    typeof answer === 'object' && answer !== null && !ArrayBuffer.isView(answer) && !Array.isArray(answer);
  if (!isRecord) return { value: answer };
  const { [field]: value, kept } = answer as Record<string, unknown>;
  return kept === undefined ? { value } : { value, kept };
}
