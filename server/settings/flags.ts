// The flags of a command for the settings of a run, from their tables: the same names and units everywhere.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import * as v from 'valibot';
import { STRATEGY_CHOICES } from '../../shared/federation/strategies.ts';
import type { RunFlags } from '../../shared/settings/runSetup.ts';
import { DEALING_SETTINGS } from '../../shared/settings/dealingSettings.ts';
import { fieldOf, flagOf } from './flagNames.ts';
import { RUN_SETTINGS } from '../../shared/settings/runSettings.ts';
import {
  writtenIn,
  type AnySetting,
  type AnyWritten,
  type Command as CommandName,
  type Tree,
} from '../../shared/settings/setting.ts';
import { loadStrategyCode } from './strategyCode.ts';
import {
  isStrategyCode,
  isStrategyFile,
  parseStrategyFile,
  type StrategyChoice,
} from '../../shared/settings/strategyChoice.ts';

/** What is given in place of flags that have other names, or that the command says otherwise. */
export type SettingFlags = Omit<RunFlags, 'task' | 'strategyFields'>;

const FLAG_TREE: Tree = { ...RUN_SETTINGS, ...DEALING_SETTINGS } as unknown as Tree;

/** `usual`: what the command says where nobody does, by name, for its help. */
export function addSettingFlags(
  command: Command,
  name: CommandName,
  usual: Readonly<Record<string, string>> = {},
): Command {
  command.addOption(strategyOption());
  for (const { name: field, written, setting } of writtenIn(FLAG_TREE)) {
    if (written.notIn?.includes(name)) continue;
    const said = usual[field] ?? usualOf(setting, field);
    const { help: told = setting.help } = written;
    const help = said === undefined ? told : `${told} (default: ${said})`;
    command.addOption(optionOf(flagOf(field), written, written.fromText, help));
    if (written.older) command.addOption(olderOption(written));
  }
  return command;
}

/** In words; of a setting that is written in several ways, with the first of them. */
function usualOf(setting: AnySetting, field: string): string | undefined {
  const { kind, usual, usualWords, written = {} } = setting;
  if (field !== Object.keys(written)[0]) return undefined;
  if (usualWords !== undefined || usual === undefined) return usualWords;
  return String(written[field]!.show(v.parse(kind.schema, usual)));
}

function optionOf(
  flag: string,
  { value, words }: AnyWritten,
  fromText: (text: string) => unknown,
  help: string,
) {
  return new Option(`${flag} ${value}`.trim(), help).argParser((text) => {
    try {
      return fromText(text);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new InvalidArgumentError(`It must be ${words}.`);
    }
  });
}

/** An older name sets the newer one, and says so. */
function olderOption(written: AnyWritten): Option {
  const { flag, fromText } = written.older!;
  return optionOf(flag, written, fromText, '').hideHelp();
}

function strategyOption(): Option {
  return new Option(
    '--strategy <name or FILE>',
    `how updates are combined: ${STRATEGY_CHOICES.join(', ')}, or a file with a preset and changes: FILE.json, or FILE.ts or FILE.js with functions of your own (default: ftte)`,
  ).argParser(parseStrategy);
}

/** Reads a strategy file. */
export function parseStrategy(text: string): StrategyChoice {
  if (STRATEGY_CHOICES.includes(text)) return text;
  if (!isStrategyFile(text))
    throw new InvalidArgumentError(
      `Allowed choices are ${STRATEGY_CHOICES.join(', ')}, or the name of a FILE.json, FILE.ts or FILE.js.`,
    );
  try {
    return readStrategyFile(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** Throws TypeError naming the file and what is wrong with it. */
export function readStrategyFile(file: string): StrategyChoice {
  if (isStrategyCode(file)) return loadStrategyCode(file);
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new TypeError(`${file} cannot be read as JSON: ${(error as Error).message}`, { cause: error });
  }
  return parseStrategyFile(file, content);
}

/** A file's content with what its strategy file says in place of that file's name, which is relative to `folder`. */
export function withStrategyFile(content: object, folder: string): Record<string, unknown> {
  const { strategy } = content as { readonly strategy?: unknown };
  if (typeof strategy !== 'string' || !isStrategyFile(strategy)) return { ...content };
  return { ...content, strategy: readStrategyFile(resolve(folder, strategy)) };
}

/**
 * The settings among a command's flags. An older name counts as the newer one does, and one line says which that is.
 */
export function settingsOfFlags(
  flags: Readonly<Record<string, unknown>>,
  tell: (line: string) => void = console.error,
): SettingFlags {
  const given: Record<string, unknown> = {};
  if (flags['strategy'] !== undefined) given['strategy'] = flags['strategy'];
  for (const { name, written } of writtenIn(FLAG_TREE)) {
    const older = written.older && flags[fieldOf(written.older.flag)];
    if (older !== undefined) tell(`${written.older!.flag} is now ${flagOf(name)}.`);
    const value = flags[name] ?? older;
    if (value !== undefined) given[name] = value;
  }
  return given as SettingFlags;
}
