// The join page's URL: everything that a fleet needs, and nothing that a person must give. Parsed once, here.

import type { WorkerBackend } from '../device/deviceState.ts';
import { parseByteSize } from '../../shared/parseByteSize.ts';

export const SMALLEST_BUDGET_BYTES = 8 * 1024;
export const LARGEST_BUDGET_BYTES = 64 * 1024 * 1024;
const MOST_TEMPO_SECONDS = 60;
export const BACKENDS: readonly string[] = [
  'webgpu',
  'wasm-relaxed',
  'wasm-simd',
  'wasm-scalar',
  'tfjs-webgpu',
] satisfies WorkerBackend[];

export interface JoinParameters {
  readonly run: string;
  /** 0: not given. */
  readonly budgetBytes: number;
  readonly flopsPerSecond: number;
  readonly dataSeed: number;
  readonly name: string;
  readonly profile: string;
  readonly stragglerFactor: number;
  /** -1: as the run says. */
  readonly tempoMs: number;
  /** '' (auto) measures. */
  readonly backend: WorkerBackend | '';
  /** Address of the server, without the slash at its end; '' is the page's own. */
  readonly server: string;
  readonly code: string;
}

export interface ParsedJoinParameters {
  readonly parameters: JoinParameters;
  /** One for each value that is not what it should be; then `parameters` has its default. */
  readonly mistakes: readonly Mistake[];
}

/** What a value of the address must be; the page's words say it. */
export type Expectation =
  | 'shortText'
  | 'budget'
  | 'flops'
  | 'seed'
  | 'straggler'
  | 'tempo'
  | 'backend'
  | 'origin';

export interface Mistake {
  readonly name: string;
  readonly expected: Expectation;
  readonly text: string;
}

/** Reads `?run=&budget=&flops=&dataSeed=&name=&profile=&straggler=&tempo=&backend=&server=&code=`; unknown names are left alone. */
export function parseJoinParameters(search: string): ParsedJoinParameters {
  const given = new URLSearchParams(search);
  const mistakes: Mistake[] = [];

  function read<T>(name: string, missing: T, expected: Expectation, parse: (text: string) => T | null): T {
    const text = given.get(name);
    if (text === null || text === '') return missing;
    const value = parse(text);
    if (value !== null) return value;
    mistakes.push({ name, expected, text });
    return missing;
  }
  const parameters: JoinParameters = {
    run: read('run', '', 'shortText', shortText),
    budgetBytes: read('budget', 0, 'budget', (text) => {
      const bytes = parseByteSize(text);
      return bytes >= SMALLEST_BUDGET_BYTES && bytes <= LARGEST_BUDGET_BYTES ? bytes : null;
    }),
    flopsPerSecond: read(
      'flops',
      0,
      'flops',
      numberIf((value) => value >= 0),
    ),
    dataSeed: read(
      'dataSeed',
      -1,
      'seed',
      numberIf((value) => value >= 0 && Number.isSafeInteger(value)),
    ),
    name: read('name', '', 'shortText', shortText),
    profile: read('profile', '', 'shortText', shortText),
    stragglerFactor: read(
      'straggler',
      1,
      'straggler',
      numberIf((value) => value >= 1),
    ),
    tempoMs: read('tempo', -1, 'tempo', (text) => {
      const seconds = Number(text);
      return seconds >= 0 && seconds <= MOST_TEMPO_SECONDS ? seconds * 1000 : null;
    }),
    backend: read('backend', '', 'backend', (text) =>
      text === 'auto' ? '' : BACKENDS.includes(text) ? (text as WorkerBackend) : null,
    ),
    server: read('server', '', 'origin', parseAddress),
    code: read('code', '', 'shortText', shortText),
  };
  return { parameters, mistakes };
}

function parseAddress(text: string): string | null {
  try {
    const url = new URL(text);
    return /^https?:$/.test(url.protocol) ? (url.origin + url.pathname).replace(/\/+$/, '') : null;
  } catch {
    return null;
  }
}

function numberIf(isGood: (value: number) => boolean): (text: string) => number | null {
  return (text) => {
    const value = Number(text);
    return Number.isFinite(value) && isGood(value) ? value : null;
  };
}

function shortText(text: string): string | null {
  return /^[^\p{Cc}]{1,200}$/u.test(text) ? text : null;
}
