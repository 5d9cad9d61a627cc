// `npm test`: sets up, checks, builds, runs all unit tests, then those in browsers, and ends with the totals.
// Everything runs even after a failure; the last line is `N passed, N failed`. With words, only the test files whose paths
// hold one of them are run: `npm test -- leases`.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChecks } from './checks.mjs';
import { buildPages } from './pages.mjs';
import { ROOT, setUp } from './setup.mjs';

const words = process.argv.slice(2);
if (words.includes('--help') || words.includes('-h')) {
  console.log(
    'Usage: npm test [-- WORD...]\n\nWORD: run only the test files whose path holds it; further options are Vitest’s.',
  );
  process.exit(0);
}
const env = await setUp();
if (words.length > 0) process.exit(build().failed || vitest(words).status);
const totals = [runChecks(env), build(), ...['shared', 'unit', 'e2e', 'gpu'].map(runProject)];
const passed = totals.reduce((sum, total) => sum + total.passed, 0);
const failed = totals.reduce((sum, total) => sum + total.failed, 0);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);

function build() {
  try {
    buildPages(ROOT);
    return { passed: 1, failed: 0 };
  } catch (error) {
    console.error(error.message);
    return { passed: 0, failed: 1 };
  }
}

/** Runs one vitest project. A file that does not load, or an error outside any test, counts as one failure. */
function runProject(project) {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-test-'));
  const report = join(folder, 'report.json');
  const { status } = vitest([
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
    return { passed: numPassedTests, failed: numFailedTests || (status === 0 ? 0 : 1) };
  } catch {
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function vitest(args) {
  const program = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  return spawnSync(process.execPath, [program, 'run', ...args], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}
