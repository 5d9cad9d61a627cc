// What people may type behind the flags of `npm start`. Each throws InvalidArgumentError with what it must be.

import { InvalidArgumentError } from 'commander';
import { isTaskFile } from '../data/ownTask/openOwnTask.ts';
import { MOST_RUNS } from '../http/admin/steerCommand.ts';
import { parseStrategy } from '../settings/flags.ts';
import type { StrategyChoice } from '../../shared/settings/strategyChoice.ts';
import { TASKS } from '../../shared/tasks/tasks.ts';

export const TASK_IDS: readonly string[] = TASKS.map(({ id }) => id);

export function parseTask(text: string): string {
  if (isTaskFile(text) || TASK_IDS.includes(text)) return text;
  throw new InvalidArgumentError(`It must be one of ${TASK_IDS.join(', ')}, or the name of a FILE.json.`);
}

export function parseCompared(text: string): readonly StrategyChoice[] {
  const names = text.split(',');
  if (names.length < 2 || names.length > MOST_RUNS || new Set(names).size < names.length)
    throw new InvalidArgumentError(`It must be 2 to ${MOST_RUNS} strategies, with commas.`);
  return names.map(parseStrategy);
}

export function parsePort(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65535) return value;
  throw new InvalidArgumentError('It must be an integer from 0 to 65535.');
}

/** Without the slash at its end. */
export function parsePublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '' && url.username === '')
    return url.href.replace(/\/$/, '');
  throw new InvalidArgumentError('It must be an http or https address, such as https://class.example.org/.');
}

export function parseCode(text: string): string {
  if (/^[\w-]{6,64}$/.test(text)) return text;
  throw new InvalidArgumentError('It must be 6 to 64 letters, digits, - or _.');
}

export function parseHosts(text: string, before: readonly string[] = []): readonly string[] {
  const url = URL.canParse(`http://${text}`) ? new URL(`http://${text}`) : null;
  if (url && url.hostname === url.host && url.href === `http://${url.host}/`)
    return [...before, url.hostname];
  throw new InvalidArgumentError('It must be a name or an address alone, such as minnow.school.example.');
}
