// Where programs and threads of TypeScript are started: through tsx, or as bundles where MINNOW_BUNDLES names a folder of them
// (bundlePrograms.mjs makes it for the tests: a server takes a processor four seconds to start through tsx, one as a bundle).

import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Path of the bundle of a source file within a folder of bundles. */
export function bundlePath(folder, file) {
  return join(folder, relative(ROOT, file).replace(/\.ts$/, '.mjs'));
}

function bundleOf(file) {
  const folder = process.env.MINNOW_BUNDLES;
  const path = folder ? bundlePath(folder, file) : '';
  return path !== '' && existsSync(path) ? path : null;
}

/** Arguments of Node that start the program at `file`, a path; its own arguments come after them. */
export function programArguments(file) {
  const bundle = bundleOf(file);
  return bundle ? [bundle] : ['--import', 'tsx', file];
}

/** The module at `url`; worker threads do not inherit the loader of TypeScript. */
export async function importInThread(url) {
  const bundle = bundleOf(fileURLToPath(url));
  if (bundle) return import(bundle);
  const { register } = await import('tsx/esm/api');
  register();
  return import(url.href);
}
