// The launcher behind the npm scripts: sets up, then runs one command with its arguments, signals and exit code passed on.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChecks } from './checks.mjs';
import { buildPages } from './pages.mjs';
import { ROOT, setUp } from './setup.mjs';

/** A simulation makes a model at each step: with a small heap most of its time would go into collecting them. */
const ROOM = ['--initial-old-space-size=512'];

/** Entry file of each command, whether it serves the pages, and whether it opens a browser. */
const ENTRIES = {
  demo: { file: 'e2e/demo.ts', needsPages: true, needsBrowser: true },
  start: { file: 'server/commands/start.ts', needsPages: true, needsBrowser: false },
  plan: { file: 'server/commands/plan.ts', needsPages: false, needsBrowser: false },
  verify: { file: 'server/commands/verify.ts', needsPages: false, needsBrowser: false },
  simulate: { file: 'server/commands/simulate.ts', needsPages: false, needsBrowser: false, flags: ROOM },
  experiment: { file: 'e2e/experiment/main.ts', ...experimentNeeds(), flags: ROOM },
  bench: { file: 'bench/main.ts', needsPages: false, needsBrowser: true },
  dev: { file: 'node_modules/vite/bin/vite.js', needsPages: false, needsBrowser: false },
  attack: { file: 'attack/main.ts', needsPages: true, needsBrowser: false },
  chaos: { file: 'chaos/main.ts', needsPages: false, needsBrowser: false },
  fleet: { file: 'e2e/fleet/main.ts', needsPages: hasOwnServer(), needsBrowser: true },
};

const [command, ...args] = process.argv.slice(2);
const entry = ENTRIES[command];
if (!entry && command !== 'check' && command !== 'build') {
  console.error(
    `command must be one of ${[...Object.keys(ENTRIES), 'check', 'build'].join(', ')}, got "${command}"`,
  );
  process.exit(2);
}
/** A fleet that rehearses a lesson and is not told of a server. */
function hasOwnServer() {
  return (
    process.argv.some((flag) => /^--profile(=|$)/.test(flag)) && !/ --server\b/.test(process.argv.join(' '))
  );
}

/** Some experiments run in tabs. */
function experimentNeeds() {
  const files = process.argv.filter((argument) => argument.endsWith('.json') && existsSync(argument));
  const isInTabs = files.some((file) => /"kind":\s*"(fidelity|browsers)"/.test(readFileSync(file, 'utf8')));
  return { needsPages: isInTabs, needsBrowser: isInTabs };
}

const env = await setUp({ needsBrowser: entry?.needsBrowser ?? false });
if (command === 'check') process.exit(runChecks(env).failed > 0 ? 1 : 0);
if (command === 'build' || entry.needsPages) buildPagesOrExit();
if (entry) runEntry(entry);

function buildPagesOrExit() {
  try {
    buildPages(ROOT);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

function runEntry({ file, flags = [] }) {
  const child = spawn(
    process.execPath,
    [
      ...flags,
      '--import',
      new URL('./closedPipe.mjs', import.meta.url).href,
      '--import',
      'tsx',
      join(ROOT, file),
      ...args,
    ],
    { env, stdio: 'inherit' },
  );
  // Ctrl-C in a terminal reaches the child twice, by the terminal and from here: it takes the two as one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // npm killed outright passes nothing on: when it is gone, this ends as well.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, 500).unref();
  child.on('error', (error) => {
    console.error(`${file} could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal ? 1 : code));
}
