// Finds a Chromium that runs, or installs one; and a headless shell, Chromium without its windows. Plain Node: Playwright is
// only asked once it is there.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const SYSTEM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const SHELL_NAMES = ['chromium-headless-shell', 'chrome-headless-shell'];
const MAC_CHROME = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/**
 * Path of a Chromium: MINNOW_CHROMIUM, else Playwright's own, else the system's, else ''.
 * Throws when MINNOW_CHROMIUM is set and does not run.
 */
export async function findChromium() {
  const chosen = process.env.MINNOW_CHROMIUM;
  if (chosen) {
    if (runs(chosen)) return chosen;
    throw new Error(`MINNOW_CHROMIUM must name a Chromium that runs, got "${chosen}".`);
  }
  const candidates = [await playwrightPath(), ...inPath(SYSTEM_NAMES), MAC_CHROME];
  return candidates.find((path) => existsSync(path) && runs(path)) ?? '';
}

/**
 * Path of a headless shell: MINNOW_HEADLESS_SHELL, else the system's, or '' where there is none, or where MINNOW_CHROMIUM alone
 * names the browser that is to be used. It is the same engine, without the renderer that a whole Chromium starts for the toolbar of
 * each window that nobody sees.
 */
export function findHeadlessShell() {
  const { MINNOW_CHROMIUM, MINNOW_HEADLESS_SHELL } = process.env;
  if (MINNOW_HEADLESS_SHELL !== undefined || MINNOW_CHROMIUM) return MINNOW_HEADLESS_SHELL ?? '';
  return inPath(SHELL_NAMES).find((path) => existsSync(path) && runs(path)) ?? '';
}

function inPath(names) {
  const folders = (process.env.PATH ?? '').split(process.platform === 'win32' ? ';' : ':');
  return names.flatMap((name) => folders.map((folder) => join(folder, name)));
}

/** As `findChromium`, but installs one where none is found. Throws an Error that says in one sentence what to do. */
export async function provideChromium(root) {
  const found = await findChromium();
  if (found) return found;
  const isDebianRoot = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  const playwright = [process.execPath, join(root, 'node_modules', 'playwright', 'cli.js')];
  const attempts = [
    [...playwright, 'install', '--no-shell', 'chromium'],
    ...(isDebianRoot
      ? [
          [...playwright, 'install-deps', 'chromium'],
          ['apt-get', 'install', '-y', 'chromium'],
        ]
      : []),
  ];
  for (const [command, ...args] of attempts) {
    // The libraries help only where the download came through.
    if (args.includes('install-deps') && !existsSync(await playwrightPath())) continue;
    console.error(`Installing a browser: ${args.join(' ')} ...`);
    if (command === 'apt-get') spawnSync('apt-get', ['update'], { stdio: ['ignore', 2, 2] });
    spawnSync(command, args, {
      stdio: ['ignore', 2, 2],
      env: {
        PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000',
        ...process.env,
        DEBIAN_FRONTEND: 'noninteractive',
      },
    });
    const installed = await findChromium();
    if (installed) return installed;
  }
  throw new Error(
    'No Chromium was found or could be installed: install Chromium or Chrome, or set MINNOW_CHROMIUM to its path.',
  );
}

async function playwrightPath() {
  try {
    const { chromium } = await import('playwright');
    return chromium.executablePath();
  } catch {
    return '';
  }
}

function runs(path) {
  return spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0;
}
