// `node scripts/package.mjs [FOLDER]`: what others install, as minnow-VERSION.tgz in the folder (default: here). Compiled JavaScript and
// types of what packaging/ names, without pages, server, commands or tests. Nothing is fetched and nothing is published.

import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = join(ROOT, '.cache/package');
const ENTRIES = ['engine', 'federation', 'simulate'];
/** What the compiled files import besides each other and Node. */
const PACKAGES = ['tinyqueue', 'valibot'];

const target = resolve(process.argv[2] ?? '.');
rmSync(OUT, { recursive: true, force: true });
execFileSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', join(ROOT, 'packaging')], { stdio: 'inherit' });
for (const name of readdirSync(OUT, { recursive: true }).filter((each) => each.endsWith('.d.ts'))) {
  // The compiler rewrites the ends of imports in JavaScript alone.
  const file = join(OUT, name);
  const types = readFileSync(file, 'utf8');
  writeFileSync(file, types.replace(/((?:from|import\()\s*['"]\.{1,2}\/[^'"]+)\.ts(['"])/g, '$1.js$2'));
}
const { name, version, description, license, engines, dependencies } = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
);
const manifest = {
  name,
  version,
  description,
  license,
  type: 'module',
  engines,
  exports: Object.fromEntries(
    ENTRIES.map((entry) => [
      `./${entry}`,
      { types: `./packaging/${entry}.d.ts`, default: `./packaging/${entry}.js` },
    ]),
  ),
  files: ['packaging', 'shared', 'server'],
  sideEffects: false,
  dependencies: Object.fromEntries(PACKAGES.map((each) => [each, dependencies[each]])),
};
writeFileSync(join(OUT, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
copyFileSync(join(ROOT, 'LICENSE'), join(OUT, 'LICENSE'));
copyFileSync(join(ROOT, 'packaging/README.md'), join(OUT, 'README.md'));
execFileSync('npm', ['pack', '--silent', '--pack-destination', target], { cwd: OUT, stdio: 'inherit' });
