import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import type { OwnStrategy } from '../../shared/federation/own/ownStrategy.ts';
import { flagsToRun } from '../../shared/settings/runSetup.ts';
import { strategyToResume } from '../commands/resumeStrategy.ts';
import { readStrategyFile } from './flags.ts';
import { fileOfStrategy, loadStrategyCode, rulesOfStrategy } from './strategyCode.ts';

const EXAMPLE = new URL('../../docs/examples/own-strategy/ca2fl.ts', import.meta.url);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'minnow-strategy-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}
const strategy = (fields: string): string => write('mine.mjs', `export const strategy = { ${fields} };`);

it('a file in code is a preset with changes and functions', () => {
  const file = strategy(`preset: 'fedbuff', buffer: 3, weigh: ({ staleness }) => 1 / (1 + staleness)`);
  const choice = readStrategyFile(file);
  const { config } = flagsToRun('run', { strategy: choice, serverLearningRate: 0.5 }, null);
  expect(config.strategy).toMatchObject({ name: 'mine', serverLearningRate: 0.5, trigger: { size: 3 } });
  expect(config.strategy.code).toMatch(/^[0-9a-f]{64}$/);
  const rules = rulesOfStrategy(config.strategy)!;
  expect(rules.file).toBe('mine.mjs');
  expect(rules.weigh!({ staleness: 1 } as never)).toBe(0.5);
  expect(fileOfStrategy(config.strategy)).toBe(file);
  // Data alone leads nowhere.
  expect(rulesOfStrategy({ code: '' })).toBeUndefined();
  expect(rulesOfStrategy({ code: 'abc' })).toBeUndefined();
});

it('one that has changed since it was loaded is told: a module is loaded once', () => {
  const file = strategy(`preset: 'ftte', weigh: () => 1`);
  const first = loadStrategyCode(file);
  expect(loadStrategyCode(file)).toEqual(first);
  strategy(`preset: 'ftte', weigh: () => 2`);
  expect(() => loadStrategyCode(file)).toThrow('has changed since this process has loaded it');
});

test.each<[string, string, string]>([
  ['no strategy', 'export const strategy = 1;', 'must export "strategy", an object, got 1'],
  ['a function alone', 'export default () => 1;', 'must export "strategy", an object, got a function'],
  ['a syntax error', 'export default {', 'mine.mjs cannot be loaded: '],
  ['an error', 'throw new Error("no");', 'mine.mjs cannot be loaded: no'],
  [
    'no function',
    `export default { preset: 'ftte' };`,
    'must have one of the functions weigh, combine, choose, got none',
  ],
  [
    'another function',
    `export default { preset: 'ftte', wiegh() {} };`,
    'wiegh is none of its functions; did you mean "weigh"?',
  ],
  [
    'no function where one should be',
    `export default { preset: 'ftte', weigh: 1 };`,
    'weigh must be a function, got 1',
  ],
  ['no preset', `export default { weigh() {} };`, 'preset'],
  ['an unknown setting', `export default { preset: 'ftte', bufer: 2, weigh() {} };`, 'bufer'],
])('%s is told by the file', (_name, text, message) => {
  const file = write('mine.mjs', text);
  expect(() => readStrategyFile(file)).toThrow(TypeError);
  expect(() => readStrategyFile(file)).toThrow(message);
});

it('a file that is not there is told', () => {
  expect(() => readStrategyFile(join(folder, 'none.ts'))).toThrow(/none\.ts cannot be read: ENOENT/);
});

it('chance and clock are refused while a function runs, and are there again afterwards', () => {
  const rules = rulesOfStrategy(
    loadStrategyCode(strategy(`preset: 'ftte', weigh: () => Math.random(), combine: () => Date.now()`)),
  )!;
  expect(() => rules.weigh!({} as never)).toThrow('Math.random gives another answer in a replay');
  expect(() => rules.combine!({} as never)).toThrow('Date.now gives another answer in a replay');
  expect(Math.random()).toBeLessThan(1);
  expect(Date.now()).toBeGreaterThan(0);
});

/** A step of the example at a rate of a half, from the values 0 and 5. */
async function stepByExample(contributions: readonly object[], kept?: object) {
  const { strategy: example } = (await import(EXAMPLE.href)) as { readonly strategy: OwnStrategy };
  const tensor = { values: Float32Array.of(0, 5), contributions, serverLearningRate: 0.5, kept };
  return example.combine!(tensor as never) as { readonly values: Float32Array; readonly kept: object };
}

it('the example moves by the mean of what it keeps, corrected by what the buffer changed of that', async () => {
  const [a, b] = ['a', 'b'].map((deviceId, k) => {
    const delta = Float32Array.of(1 + k, 0);
    return { deviceId, delta, weight: 1, staleness: 0, samples: 1, covers: null };
  });
  const first = await stepByExample([a!, b!]);
  // Half of the mean of 1 and 2.
  expect(first).toEqual({ values: Float32Array.of(0.75, 5), kept: { a: a!.delta, b: b!.delta } });
  // The mean of 1 and 2 again, and a change of a's from 1 to 4.
  const again = { ...a!, delta: Float32Array.of(4, 0) };
  expect(await stepByExample([again], first.kept)).toEqual({
    values: Float32Array.of(0.5 * (1.5 + 3), 5),
    kept: { a: again.delta, b: b!.delta },
  });
});

it('the document shows the example as it is', () => {
  const shown = readFileSync(EXAMPLE, 'utf8').replace(/^(\/\/.*\n)+\n/, '');
  expect(readFileSync(new URL('../../docs/your-own-strategy.md', import.meta.url), 'utf8')).toContain(
    `\`\`\`ts\n${shown}\`\`\`\n`,
  );
  expect(shown.trim().split('\n').length).toBeLessThanOrEqual(30);
});

/** `code`: of what the file said when the run began; default: what it says now. */
function begin(code?: string) {
  const strategyFile = strategy(`preset: 'ftte', weigh: () => 3`);
  const now = loadStrategyCode(strategyFile);
  const { config } = flagsToRun('run', { strategy: { ...now, code: code ?? now.code } }, null);
  return { config, strategyFile, now };
}

describe('a run that is kept', () => {
  const notes: string[] = [];
  const tell = (note: string) => notes.push(note);
  beforeEach(() => notes.splice(0));

  it('loads its file by itself, and says so where that has changed', () => {
    expect(strategyToResume(undefined, begin(), tell)).toBeUndefined();
    const kept = begin('c0de');
    expect(() => strategyToResume(undefined, kept, tell)).toThrow(
      `${kept.strategyFile} has changed since the run began: put it back, or name it by --strategy to go on with what it says now`,
    );
    expect(rulesOfStrategy(kept.config.strategy)).toBeUndefined();
  });

  it('goes on with a changed file that is named, and that is told', () => {
    const { now, ...kept } = begin('c0ffee');
    const resumed = strategyToResume(now, kept, tell);
    expect(notes).toEqual([expect.stringContaining('has changed since the run began')]);
    expect(flagsToRun('run', { strategy: resumed }, { ...kept, data: {} as never }).config).toEqual(
      kept.config,
    );
    expect(rulesOfStrategy(kept.config.strategy)!.weigh!({} as never)).toBe(3);
  });

  it('of a preset asks for nothing', () => {
    const { config } = flagsToRun('run', {}, null);
    expect(strategyToResume('fedavg', { config }, tell)).toBe('fedavg');
    expect(strategyToResume(undefined, null, tell)).toBeUndefined();
    expect(notes).toEqual([]);
  });
});
