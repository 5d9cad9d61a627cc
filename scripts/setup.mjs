// Makes a fresh clone ready: packages, then a Chromium. Plain Node without dependencies; quick when all is there.
// Run by itself (`node scripts/setup.mjs`) it prints the browser's path.

import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findHeadlessShell, provideChromium } from './chromium.mjs';
import { installPackages } from './packages.mjs';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST_NODE = [20, 19];

/**
 * Resolves to the environment for all that follows; with MINNOW_CHROMIUM and MINNOW_HEADLESS_SHELL set, unless no
 * browser is needed. Exits with one sentence where something is missing.
 */
export async function setUp({ needsBrowser = true } = {}) {
  try {
    const [major, minor] = process.versions.node.split('.').map(Number);
    if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
      throw new Error(`Minnow needs Node ${OLDEST_NODE.join('.')} or newer, got ${process.versions.node}.`);
    }
    installPackages(ROOT);
    if (!needsBrowser) return process.env;
    const MINNOW_HEADLESS_SHELL = findHeadlessShell();
    return { ...process.env, MINNOW_CHROMIUM: await provideChromium(ROOT), MINNOW_HEADLESS_SHELL };
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await setUp()).MINNOW_CHROMIUM);
