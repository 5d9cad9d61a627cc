// What a dashboard asks of the server, parsed once from what came over HTTP.

import type { SettingsChange } from '../../../shared/settings/liveSettings.ts';
import { STRATEGY_CHOICES } from '../../../shared/federation/strategies.ts';
import { parseLiveSettings } from '../../settings/liveSettings.ts';
import type { CommandOf, SteerCommand, SteerKind } from '../../../shared/contract/steering.ts';
import { MOST_SLOWDOWN } from '../../../shared/contract/pace.ts';

/** Runs side by side: more curves nobody tells apart. */
export const MOST_RUNS = 4;
const MOST_NAME_LENGTH = 200;

export type SteerParsers = {
  readonly [K in SteerKind]: (given: Record<string, unknown>) => CommandOf<K>;
};

const PARSERS: SteerParsers = {
  pause: ({ isPaused }) => ({ kind: 'pause', isPaused: truthOf('isPaused', isPaused) }),
  slow: ({ share, factor }) => ({
    kind: 'slow',
    share: numberWithin('share', share, 0, 1),
    factor: numberWithin('factor', factor, 1, MOST_SLOWDOWN),
  }),
  settings: (given) => ({ kind: 'settings', ...parseSettings(given) }),
  begin: (given) => ({ kind: 'begin', ...parseBegin(given) }),
  remove: ({ deviceId }) => ({ kind: 'remove', deviceId: textOf('deviceId', deviceId) }),
  exempt: ({ deviceId, isExempt }) => ({
    kind: 'exempt',
    deviceId: textOf('deviceId', deviceId),
    isExempt: truthOf('isExempt', isExempt),
  }),
  end: () => ({ kind: 'end' }),
};

/** Throws RangeError naming what is wrong. */
export function parseSteerCommand(text: string): SteerCommand {
  const given = parseObject(text);
  const { kind } = given;
  if (isKind(kind)) return PARSERS[kind](given);
  const kinds = Object.keys(PARSERS);
  throw new RangeError(`kind must be ${kinds.slice(0, -1).join(', ')} or ${kinds.at(-1)!}`);
}

function isKind(kind: unknown): kind is SteerKind {
  return typeof kind === 'string' && Object.hasOwn(PARSERS, kind);
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
