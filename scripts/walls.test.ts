// Each wall between the parts holds: what breaks one is told by the linter, wherever it stands. The snippets are written into a
// folder of their own, at the paths that the walls speak of, and the linter is run over it once. What the compiler holds is
// told by walls.types.ts in each room.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PACKAGES, PLACES, WALLS, wallsAt, type Wall } from './walls.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CONFIG = join(ROOT, 'oxlint.config.mjs');

/** What docs/architecture.md says, by hand: a snippet that breaks it, and where. */
const RULES: readonly (readonly [rule: string, path: string, code: string])[] = [
  ['shared: nothing outside', 'shared/localWork/a.ts', "import '../../server/b.ts';"],
  ['shared: nothing outside, in a test', 'shared/localWork/a.test.ts', "import '../../server/b.ts';"],
  ['shared: no modules of Node', 'shared/federation/a.ts', "import 'node:fs';"],
  ['client: no server', 'client/join/own/a.ts', "import '../../../server/b.ts';"],
  ['server: no client', 'server/http/dashboard/a.ts', "import '../../../client/b.ts';"],
  ['engine: no contract', 'shared/engine/graph/a.ts', "import '../../contract/b.ts';"],
  ['engine: no tasks, as a type', 'shared/engine/a.ts', "export type { B } from '../tasks/b.ts';"],
  ['engine: no Comlink', 'shared/engine/ops/dense/a.ts', "import 'comlink';"],
  ['engine: no Socket.IO', 'shared/engine/tfjs/a.ts', "import 'socket.io-client';"],
  ['Socket.IO: not on the routes', 'server/http/a.ts', "import 'socket.io';"],
  ['Socket.IO: not in the turns', 'client/device/turns.ts', "import 'socket.io-client';"],
  ['Comlink: not in the session', 'client/device/session.ts', "import 'comlink';"],
  ['Comlink: not on the dashboard', 'client/dashboard/a.ts', "import 'comlink';"],
  ['TensorFlow.js: not in the planner', 'shared/engine/planTraining.ts', "import '@tensorflow/tfjs-core';"],
  ['TensorFlow.js: not its oracle either', 'shared/engine/c.ts', "import './tfjs/b.ts';"],
  ['WebAssembly: not in the device', 'client/device/a.ts', 'new WebAssembly.Memory({ initial: 1 });'],
  ['WebGPU: not on the pages', 'client/join/a.ts', 'void navigator.gpu;'],
  ['clock: Date.now', 'shared/federation/policies/a.ts', 'Date.now();'],
  ['clock: new Date', 'shared/simulate/a.ts', 'void new Date();'],
  ['chance: Math.random', 'shared/selection/a.ts', 'Math.random();'],
  ['no circle', 'server/http/circle/a.ts', "import './b.ts';"],
  ['no circle of types', 'server/run/c.ts', "import type { D } from './d.ts';\nexport type C = D | null;"],
];
/** The other halves of the circles. */
const HALVES = [
  ['server/http/circle/b.ts', "import './a.ts';"],
  ['server/run/d.ts', "import type { C } from './c.ts';\nexport type D = C | 1;"],
] as const;

/** Of each wall in each place where it holds: all that it forbids, a file each. */
const SNIPPETS = PLACES.filter((place) => !place.endsWith('.ts')).flatMap((place) =>
  [false, true].flatMap((isTest) =>
    wallsAt(place, isTest)
      .flatMap(forbidden)
      .map((code, number): [path: string, code: string] => [
        `${place}/deep/snippet${number}${isTest ? '.test' : ''}.ts`,
        code,
      ]),
  ),
);

function forbidden({ imports = [], packages, globals = [], members = [] }: Wall): string[] {
  const others = packages ? ['node:fs', ...PACKAGES.filter((name) => !packages.includes(name))] : [];
  return [
    ...[...imports.map(fits), ...others].map((what) => `import '${what}';`),
    ...globals.map((name) => `void ${name};`),
    ...members.map(([object, property]) => `void ${object}.${property};`),
  ];
}

/** Something that the pattern is about. */
function fits(pattern: string): string {
  return pattern
    .replace(/^\*\*\//, '../')
    .replace(/\*\*$/, 'b.ts')
    .replace(/\*$/, 'fs');
}

/** What the tree imports while it runs, which the linter does not look at, as imports that it does. */
function laterImports(): [path: string, code: string][] {
  const { stdout } = spawnSync('git', ['ls-files', 'shared/*.ts', 'client/*.ts', 'server/*.ts'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return stdout
    .trim()
    .split('\n')
    .filter((path) => existsSync(join(ROOT, path)))
    .flatMap((path) =>
      [...readFileSync(join(ROOT, path), 'utf8').matchAll(/\bimport\('([^']+)'\)/g)].map(
        ([, what]): [string, string] => [path, `import '${what}';`],
      ),
    );
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'minnow-walls-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Which of the files the linter finds fault with, by the rules that walls are made of. */
function faulty(snippets: readonly (readonly [path: string, code: string])[]): string[] {
  writeFileSync(join(folder, 'own.mjs'), `export { default } from ${JSON.stringify(CONFIG)};\n`);
  for (const [path, code] of snippets) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), `${code}\n`, { flag: 'a' });
  }
  const args = ['-c', 'own.mjs', '--format=json', '.'];
  const { stdout } = spawnSync(join(ROOT, 'node_modules/.bin/oxlint'), args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 27,
  });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; filename: string }[] };
  const told = diagnostics.filter(({ code }) => /no-restricted-|no-cycle/.test(code));
  return [...new Set(told.map(({ filename }) => filename))].sort();
}

it('what breaks a rule of the architecture is told', () => {
  expect(faulty([...RULES.map(([, path, code]) => [path, code] as const), ...HALVES])).toEqual(
    [...RULES.map(([, path]) => path), ...HALVES.map(([path]) => path)].sort(),
  );
});

it('each wall holds in all places within it, whatever else holds there', () => {
  expect(SNIPPETS.length).toBeGreaterThan(300);
  expect(faulty(SNIPPETS)).toEqual(SNIPPETS.map(([path]) => path).sort());
});

it('what is allowed is not told', () => {
  expect(
    faulty([
      ['shared/settings/a.ts', "import 'valibot';\nimport '../contract/b.ts';"],
      ['shared/engine/wasm/a.ts', 'new WebAssembly.Memory({ initial: 1 });'],
      ['shared/engine/tfjs/a.ts', "import '@tensorflow/tfjs-core';"],
      ['shared/engine/a.test.ts', "import 'node:v8';\nimport '@tensorflow/tfjs';"],
      ['client/device/session.ts', "import 'socket.io-client';"],
      ['client/device/deviceBridge.ts', "import 'comlink';"],
      ['server/gateway/a.ts', "import 'socket.io';\nimport 'node:fs';\nDate.now();"],
    ]),
  ).toEqual([]);
});

it('nothing is imported behind the back of the linter', () => {
  const later = laterImports();
  expect(later.length).toBeGreaterThan(10);
  expect(faulty(later)).toEqual([]);
});

it('no wall stands around a place that is not there', () => {
  expect(PLACES.filter((place) => !existsSync(join(ROOT, place)))).toEqual([]);
  expect(WALLS.length).toBeGreaterThan(20);
});
