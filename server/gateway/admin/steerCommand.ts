// What a dashboard asks of the server, parsed once from what came over HTTP.

import { MOST_SLOWDOWN } from '../../../shared/protocol/pace.ts';

export type SteerCommand =
  /** No local step begins, or all go on. */
  | { readonly kind: 'pause'; readonly isPaused: boolean }
  /** That share of the connected devices becomes so many times slower; the others are as fast as they are. */
  | { readonly kind: 'slow'; readonly share: number; readonly factor: number }
  /** The run ends for good. */
  | { readonly kind: 'end' };

/** Throws RangeError naming what is wrong. */
export function parseSteerCommand(text: string): SteerCommand {
  const { kind, isPaused, share, factor } = parseObject(text);
  switch (kind) {
    case 'pause':
      if (typeof isPaused !== 'boolean') throw new RangeError('isPaused must be true or false');
      return { kind, isPaused };
    case 'slow':
      return {
        kind,
        share: numberWithin('share', share, 0, 1),
        factor: numberWithin('factor', factor, 1, MOST_SLOWDOWN),
      };
    case 'end':
      return { kind };
    default:
      throw new RangeError('kind must be pause, slow or end');
  }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // Told below, as what is no object is.
  }
  throw new RangeError('the command must be a JSON object');
}

function numberWithin(name: string, value: unknown, low: number, high: number): number {
  if (typeof value === 'number' && value >= low && value <= high) return value;
  throw new RangeError(`${name} must be a number from ${low} to ${high}`);
}
