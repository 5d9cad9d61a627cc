// What others install, from an empty folder: packed, installed without a network, run in plain Node and type-checked.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'minnow-package-'));
  const run = (program: string, args: readonly string[]) =>
    execFileSync(program, args, { cwd: folder, encoding: 'utf8' });
  run(process.execPath, [join(ROOT, 'scripts/package.mjs'), folder]);
  writeFileSync(join(folder, 'package.json'), '{ "name": "stranger", "private": true, "type": "module" }');
  // What it needs comes from here in place of a registry.
  const packages = ['valibot', 'tinyqueue'].map((name) => join(ROOT, 'node_modules', name));
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', './minnow-0.1.0.tgz', ...packages]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The ten lines of its README. */
function tenLines(): string {
  const readme = readFileSync(join(folder, 'node_modules/minnow/README.md'), 'utf8');
  return /```js\n(.*?)```/s.exec(readme)![1]!;
}

function node(file: string, text: string): string {
  writeFileSync(join(folder, file), text);
  const { stdout, stderr, status } = spawnSync(process.execPath, [file], { cwd: folder, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

test('its ten lines run in plain Node', () => {
  expect(tenLines().trim().split('\n').length).toBeLessThanOrEqual(12);
  expect(node('ten.js', tenLines())).toMatch(/^24 0\.\d+\n$/);
});

test('a wrong return of a function of one’s own is told by its name', () => {
  writeFileSync(join(folder, 'wrong.js'), tenLines().replace('1 / (1 + staleness)', 'Number.NaN'));
  const { stderr, status } = spawnSync(process.execPath, ['wrong.js'], { cwd: folder, encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain('weigh of own must return a finite number >= 0, or { weight, kept }, got NaN');
});

test('the engine trains by itself, and the coordinator begins', () => {
  const text = `
    import { createWasmTrainer, findModel, fullScheme, initialParameters, planTraining } from 'minnow/engine';
    import { createCoordinator, createSelector, findStrategy, resolveRun } from 'minnow/federation';
    const model = findModel('mlp');
    const plan = planTraining(model, fullScheme(model), { batch: 4, budgetBytes: 4_000_000 });
    const trainer = createWasmTrainer(plan);
    const parameters = initialParameters(model, 1);
    trainer.load([...parameters.keys()], parameters);
    trainer.beginUpdate();
    const batch = { inputs: new Float32Array(4 * 784).fill(0.1), labels: Uint8Array.of(1, 1, 1, 1), count: 4 };
    const losses = [];
    for (let step = 0; step < 5; step++) {
      trainer.step(batch, 0.1, step);
      losses.push((await trainer.takeMetrics()).lossSum);
    }
    const localWork = { batch: 4, epochs: 1, maxSteps: 4, learningRate: 0.1 };
    const config = resolveRun({ id: 'run', task: 'mine', seed: 1, strategy: findStrategy('ftte'), subset: { kind: 'full' }, localWork,
      concurrency: 4, graceMs: 1000, leaseMs: 1000 });
    const coordinator = createCoordinator({ config, model, parameters, selectScheme: createSelector(model, { batch: 4 }) });
    console.log(losses.at(-1) < losses[0], trainer.allocatedBytes <= 4_000_000, coordinator.version);`;
  expect(node('engine.js', text)).toBe('true true 0\n');
});

/** What the type checker of a strict project says. */
function check(name: string, text: string) {
  writeFileSync(join(folder, name), text);
  const args = '--noEmit --strict --target es2022 --module nodenext --lib es2022,dom --types node'.split(' ');
  const types = ['--typeRoots', join(ROOT, 'node_modules/@types')];
  const tsc = join(ROOT, 'node_modules/.bin/tsc');
  return spawnSync(tsc, [...args, ...types, name], { cwd: folder, encoding: 'utf8' });
}

test('its types are there: the ten lines are checked, and a wrong one is found', () => {
  const typed = tenLines()
    .replace(`import { simulate }`, `import { simulate, type OwnStrategy }`)
    .replace('const own =', 'const own: OwnStrategy =');
  expect(check('good.ts', typed)).toMatchObject({ status: 0, stdout: '' });
  const bad = check('bad.ts', typed.replace('staleness }) =>', 'stale }) =>'));
  expect(bad.stdout).toContain(`Property 'stale' does not exist on type 'UpdateToWeigh'`);
});

test('no tests, commands or pages are in it', () => {
  const list = execFileSync('tar', ['tzf', 'minnow-0.1.0.tgz'], { cwd: folder, encoding: 'utf8' }).split(
    '\n',
  );
  expect(list).toContain('package/packaging/simulate.d.ts');
  expect(list).toContain('package/LICENSE');
  expect(
    list.filter((name) => /\.test\.|\/testing\/|\/client\/|\/commands\/|\/gateway\//.test(name)),
  ).toEqual([]);
});
