// What a dashboard asks of the server, parsed once from what came over HTTP.

import type { SettingsChange } from '../../nextRuns.ts';
import { STRATEGY_CHOICES } from '../../federation/strategies.ts';
import { parseLiveSettings } from '../../settings/liveSettings.ts';
import { MOST_SLOWDOWN } from '../../../shared/contract/pace.ts';

/** Runs side by side: more curves nobody tells apart. */
export const MOST_RUNS = 4;
const MOST_NAME_LENGTH = 200;

export type SteerCommand =
  /** No local step begins, or all go on. */
  | { readonly kind: 'pause'; readonly isPaused: boolean }
  /** That share of the connected devices becomes so many times slower; the others are as fast as they are. */
  | { readonly kind: 'slow'; readonly share: number; readonly factor: number }
  /** Other settings from now on; what is not given stays. */
  | ({ readonly kind: 'settings' } & SettingsChange)
  /** Runs that take this one's place, and that of those side by side with it: the same anew, unless told otherwise. */
  | { readonly kind: 'begin'; readonly task?: string; readonly strategies?: readonly string[] }
  | { readonly kind: 'remove'; readonly deviceId: string }
  /** The device's budget narrows nobody, or may again. */
  | { readonly kind: 'exempt'; readonly deviceId: string; readonly isExempt: boolean }
  /** The run ends for good. */
  | { readonly kind: 'end' };

/** Throws RangeError naming what is wrong. */
export function parseSteerCommand(text: string): SteerCommand {
  const command = parseObject(text);
  const { kind, isPaused, share, factor } = command;
  switch (kind) {
    case 'settings':
      return { kind, ...parseSettings(command) };
    case 'begin':
      return { kind, ...parseBegin(command) };
    case 'remove':
      return { kind, deviceId: textOf('deviceId', command['deviceId']) };
    case 'exempt':
      return {
        kind,
        deviceId: textOf('deviceId', command['deviceId']),
        isExempt: truthOf('isExempt', command['isExempt']),
      };
    case 'pause':
      return { kind, isPaused: truthOf('isPaused', isPaused) };
    case 'slow':
      return {
        kind,
        share: numberWithin('share', share, 0, 1),
        factor: numberWithin('factor', factor, 1, MOST_SLOWDOWN),
      };
    case 'end':
      return { kind };
    default:
      throw new RangeError('kind must be pause, slow, settings, begin, remove, exempt or end');
  }
}

function parseSettings({ kind: _kind, strategy, ...given }: Record<string, unknown>): SettingsChange {
  return {
    ...(strategy !== undefined && { strategy: oneOf('strategy', strategy, STRATEGY_CHOICES) }),
    ...parseLiveSettings(given),
  };
}

function parseBegin({ task, strategies }: Record<string, unknown>) {
  if (
    strategies !== undefined &&
    (!Array.isArray(strategies) || strategies.length < 1 || strategies.length > MOST_RUNS)
  )
    throw new RangeError(`strategies must be a list of 1 to ${MOST_RUNS}`);
  return {
    ...(task !== undefined && { task: textOf('task', task) }),
    ...(strategies !== undefined && {
      strategies: (strategies as unknown[]).map((each) => oneOf('strategies', each, STRATEGY_CHOICES)),
    }),
  };
}

function oneOf(name: string, value: unknown, choices: readonly string[]): string {
  if (typeof value === 'string' && choices.includes(value)) return value;
  throw new RangeError(`${name} must be one of ${choices.join(', ')}`);
}

function truthOf(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new RangeError(`${name} must be true or false`);
}

function textOf(name: string, value: unknown): string {
  if (typeof value === 'string' && value.length >= 1 && value.length <= MOST_NAME_LENGTH) return value;
  throw new RangeError(`${name} must be a text of 1 to ${MOST_NAME_LENGTH} characters`);
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
