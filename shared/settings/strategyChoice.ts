// A strategy as it is chosen: the name of a preset, or what a strategy file says: a preset with changes. Pure.

import * as v from 'valibot';
import { resolveStrategy, type RunConfig } from '../federation/config.ts';
import { PRESETS, STRATEGY_CHOICES, type Preset } from '../federation/strategies.ts';
import { parseWith } from '../schema/parseWith.ts';
import { RUN_SETTINGS } from './runSettings.ts';
import { schemaFieldsOf, type WrittenIn } from './setting.ts';
import { withFields, type StrategyFields } from './strategyFields.ts';

const { task: _task, seed: _seed, ...CHANGEABLE } = RUN_SETTINGS;

const presetSchema = v.picklist(STRATEGY_CHOICES, `must be one of ${STRATEGY_CHOICES.join(', ')}`);

export const strategyFileSchema = v.strictObject({
  /** Default: the file's, without its end. */
  name: v.pipe(v.string(), v.regex(/^[A-Za-z][A-Za-z0-9-]*$/, 'must be letters, digits and "-"')),
  preset: presetSchema,
  /** Of a file in code: its hash, set by who has loaded it. */
  code: v.optional(v.string()),
  ...schemaFieldsOf(CHANGEABLE),
  strategyFields: v.optional(v.record(v.string(), v.unknown())),
});

/** In a file: a preset's name, or what a strategy file says. */
export const strategySchema = v.lazy((input) =>
  typeof input === 'object' && input !== null ? strategyFileSchema : presetSchema,
);

export type StrategyFile = v.InferOutput<typeof strategyFileSchema>;
export type StrategyChoice = string | StrategyFile;

export function isStrategyFile(text: string): boolean {
  return text.endsWith('.json') || isStrategyCode(text);
}

export function isStrategyCode(text: string): boolean {
  return /\.[mc]?[jt]s$/.test(text);
}

/** Throws TypeError naming the field that is wrong. `fileName`: with or without folders. */
export function parseStrategyFile(fileName: string, content: unknown): StrategyFile {
  const name = fileName.replace(/^.*[\\/]/, '').replace(/\.(json|[mc]?[jt]s)$/, '');
  const given = typeof content === 'object' && content !== null ? { name, ...content } : content;
  return parseWith(strategyFileSchema, given, fileName);
}

/** As folders and pages call it. */
export function nameOfChoice(choice: StrategyChoice): string {
  return typeof choice === 'string' ? choice : choice.name.toLowerCase();
}

export interface ChosenStrategy {
  readonly preset: Preset;
  /** What else is written with it. */
  readonly written: WrittenIn<typeof CHANGEABLE>;
  readonly fields: StrategyFields;
}

/** Throws RangeError for a name that is not known. */
export function chosenStrategy(choice: StrategyChoice): ChosenStrategy {
  const {
    preset: presetName,
    name,
    code = '',
    strategyFields,
    ...written
  } = typeof choice === 'string' ? { preset: choice, name: undefined, strategyFields: undefined } : choice;
  const preset = Object.hasOwn(PRESETS, presetName) ? PRESETS[presetName] : undefined;
  if (!preset)
    throw new RangeError(
      `strategy must be one of ${STRATEGY_CHOICES.join(', ')}, or the name of a FILE.json, FILE.ts or FILE.js, got "${presetName}"`,
    );
  return {
    preset: { ...preset, strategy: { ...preset.strategy, code, ...(name !== undefined && { name }) } },
    written,
    fields: strategyFields ?? {},
  };
}

/** What the preset says; what it does not say stays as it is. */
export function withPreset(
  strategy: RunConfig['strategy'],
  { preset }: ChosenStrategy,
): RunConfig['strategy'] {
  return resolveStrategy({ ...strategy, ...preset.strategy });
}

export function withStrategyFields(config: RunConfig, fields: StrategyFields): RunConfig {
  return { ...config, strategy: resolveStrategy(withFields(config.strategy, fields)) };
}
