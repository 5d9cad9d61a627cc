// Strategies in code: files that whoever started the command has named. They run in this process, with all its rights; nothing
// that comes over the network or out of a task file leads here.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, resolve } from 'node:path';
import type { Strategy } from '../../shared/federation/config.ts';
import { OWN_FUNCTIONS, type OwnRules } from '../../shared/federation/own/ownStrategy.ts';
import { describeReturn } from '../../shared/federation/own/wrongReturn.ts';
import { suggestion } from '../../shared/schema/didYouMean.ts';
import { parseStrategyFile, type StrategyFile } from '../../shared/settings/strategyChoice.ts';

interface LoadedStrategy {
  readonly path: string;
  /** Of the file. */
  readonly hash: string;
  readonly rules: OwnRules;
}

/** Of this process, by the hash that a run's strategy tells. */
const loaded = new Map<string, LoadedStrategy>();
const requireFile = createRequire(import.meta.url);

/** What the strategy says; its functions are found by its `code` from now on. Throws TypeError naming the file and what is wrong with it. */
export function loadStrategyCode(file: string): StrategyFile & { readonly code: string } {
  const path = resolve(file);
  const code = hashOf(path, file);
  // A module is loaded once in the life of a process.
  const before = [...loaded.values()].find((each) => each.path === path);
  if (before && before.hash !== code)
    throw new TypeError(`${file} has changed since this process has loaded it: start the command anew`);
  const { strategy, default: byDefault } = importFile(path, file);
  const exported = strategy ?? byDefault;
  if (typeof exported !== 'object' || exported === null)
    throw new TypeError(`${file} must export "strategy", an object, got ${describeReturn(exported)}`);
  const fields = { ...(exported as Record<string, unknown>) };
  const functions: Record<string, unknown> = {};
  for (const name of OWN_FUNCTIONS) {
    const given = fields[name];
    delete fields[name];
    if (given === undefined) continue;
    if (typeof given !== 'function')
      throw new TypeError(`${file}: ${name} must be a function, got ${describeReturn(given)}`);
    functions[name] = withoutChance(given as (argument: unknown) => unknown);
  }
  const strange = Object.keys(fields).find((name) => typeof fields[name] === 'function');
  if (strange !== undefined)
    throw new TypeError(`${file}: ${strange} is none of its functions${suggestion(strange, OWN_FUNCTIONS)}`);
  if (Object.keys(functions).length === 0)
    throw new TypeError(`${file} must have one of the functions ${OWN_FUNCTIONS.join(', ')}, got none`);
  loaded.set(code, { path, hash: code, rules: { file: basename(file), ...functions } as OwnRules });
  return { ...parseStrategyFile(file, fields), code };
}

/** A run that is kept goes on with what the file says now, under the hash that it began with. */
export function useInPlaceOf(began: string, now: string): void {
  loaded.set(began, loaded.get(now)!);
}

/** The functions of a run's strategy; undefined: it has none, or nobody has loaded them. */
export function rulesOfStrategy({ code }: Pick<Strategy, 'code'>): OwnRules | undefined {
  return loaded.get(code)?.rules;
}

/** Where they came from, to be loaded from again. */
export function fileOfStrategy({ code }: Pick<Strategy, 'code'>): string | undefined {
  return loaded.get(code)?.path;
}

function hashOf(path: string, file: string): string {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch (error) {
    throw new TypeError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function importFile(path: string, file: string): { readonly strategy?: unknown; readonly default?: unknown } {
  try {
    return requireFile(path) as ReturnType<typeof importFile>;
  } catch (error) {
    throw new TypeError(`${file} cannot be loaded: ${(error as Error).message}`, { cause: error });
  }
}

/** A journal is replayed: what chance or a clock decided would not come out again. */
function withoutChance<T>(call: (argument: T) => unknown): (argument: T) => unknown {
  return (argument) => {
    const [{ random }, { now }] = [Math, Date];
    Math.random = refused('Math.random', 'seed');
    Date.now = refused('Date.now', 'version');
    try {
      return call(argument);
    } finally {
      Math.random = random;
      Date.now = now;
    }
  };
}

function refused(name: string, instead: string): () => never {
  return () => {
    throw new Error(`${name} gives another answer in a replay: take ${instead} instead`);
  };
}
