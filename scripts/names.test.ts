// One word per thing: what is exported has a name of its own. What engines of different backends have in common has one name in
// each of them, every attack is called so, and each page has its words by the names that those of the other have.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DECLARED = /^export (?:async )?(?:interface|type|class|function\*?|const) (\w+)/gm;
/** Files of one such folder are alike, so that they speak of the same things. */
const ALIKE =
  /^(shared\/engine\/(?:activations|layers|ops|reference|wasm|webgpu)|attack\/attacks)\/|^client\/(?:join|dashboard)\/(?:english|german|sayings)\.ts$/;

function sourceFiles(): string[] {
  const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return stdout
    .trim()
    .split('\n')
    .filter((path) => !/\.(test|spec|types|d)\.ts$|\/testing\//.test(path) && existsSync(join(ROOT, path)));
}

it('no two files export different things by one name', () => {
  const declaredIn = new Map<string, string[]>();
  for (const path of sourceFiles())
    for (const [, name] of readFileSync(join(ROOT, path), 'utf8').matchAll(DECLARED))
      declaredIn.set(name!, [...(declaredIn.get(name!) ?? []), path]);
  expect(declaredIn.size).toBeGreaterThan(1000);
  const shared = [...declaredIn].filter(
    ([, paths]) => new Set(paths).size > 1 && !paths.every((path) => ALIKE.test(path)),
  );
  expect(Object.fromEntries(shared)).toEqual({});
});
