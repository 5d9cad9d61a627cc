// Fields of a strategy replaced by name, for experiments that go beyond its flags. Pure.

import { suggestion } from '../schema/didYouMean.ts';
import type { GivenTrigger } from './trigger.ts';
import type { Resolved } from './setting.ts';
import type { STRATEGY_SETTINGS } from './strategySettings.ts';
import { changedTrigger } from './trigger.ts';
import type { Trigger } from './trigger.ts';

export type StrategyFields = Readonly<Record<string, unknown>>;

/** The strategy's fields with others in their place, objects field by field, kinds as a whole. Throws RangeError for unknown names. */
export function withFields(
  strategy: Resolved<typeof STRATEGY_SETTINGS>,
  fields: StrategyFields,
): Resolved<typeof STRATEGY_SETTINGS> {
  const { trigger, ...rest } = replaceFields('strategyFields', strategy, fields) as {
    readonly trigger: Trigger;
  } & typeof strategy;
  const change = fields['trigger'];
  return {
    ...rest,
    trigger: isRecord(change)
      ? (changedTrigger(strategy.trigger, change as Partial<GivenTrigger>) as Trigger)
      : trigger,
  };
}

function replaceFields(path: string, base: object, fields: StrategyFields): object {
  const replaced = Object.entries(fields).map(([name, value]) => {
    const kept = (base as Record<string, unknown>)[name];
    if (kept === undefined)
      throw new RangeError(`${path}.${name}: there is no such field${suggestion(name, Object.keys(base))}`);
    const isNested = isRecord(kept) && isRecord(value) && (value['kind'] ?? kept['kind']) === kept['kind'];
    return [name, isNested ? replaceFields(`${path}.${name}`, kept, value) : value];
  });
  return { ...base, ...Object.fromEntries(replaced) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
