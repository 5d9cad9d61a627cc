// Before tests (Vitest's globalSetup) and attacks: bundles the threads of the server and the programs that are started again and
// again, for this run alone. A file's own place is written into its bundle, so that it finds what lies beside its source.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PROGRAMS = [
  'server/evaluate/evaluationWorker.ts',
  'server/search/searchWorker.ts',
  'server/simulate/pool/poolWorker.ts',
  'server/testing/tinyServerProcess.ts',
  'server/testing/faultyServerProcess.ts',
  'server/commands/plan.ts',
  'server/commands/simulate.ts',
  'server/commands/start.ts',
  'attack/openTaskProcess.ts',
  'chaos/main.ts',
  'e2e/fleet/main.ts',
];

/** Packages with parts that are no JavaScript, or that look for files of their own. */
const NOT_BUNDLED = ['bufferutil', 'fs-native-extensions', 'piscina', 'playwright', 'tsx', 'vite'];

/** `import.meta` of a bundle is that of its source. */
function ownPlace() {
  return {
    name: 'own-place',
    enforce: 'pre',
    transform: {
      filter: { id: /\.ts$/, code: /import\.meta/ },
      handler: (code, id) =>
        code
          .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
          .replaceAll('import.meta.dirname', JSON.stringify(dirname(id))),
    },
  };
}

let folder = '';

export async function setup() {
  const cache = join(ROOT, '.cache');
  mkdirSync(cache, { recursive: true });
  // Within the repository: the bundles import its packages.
  folder = mkdtempSync(join(cache, 'bundles-'));
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    plugins: [ownPlace()],
    ssr: { noExternal: true, external: NOT_BUNDLED },
    build: {
      ssr: true,
      outDir: folder,
      minify: false,
      target: 'node20',
      rolldownOptions: {
        input: Object.fromEntries(PROGRAMS.map((file) => [file.replace(/\.ts$/, ''), join(ROOT, file)])),
        output: { entryFileNames: '[name].mjs', chunkFileNames: 'chunks/[name]-[hash].mjs' },
      },
    },
  });
  process.env.MINNOW_BUNDLES = folder;
}

export function teardown() {
  rmSync(folder, { recursive: true, force: true });
}
