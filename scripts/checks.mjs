// Format, lint and types: what `npm run check` and `npm test` hold the whole repository to.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './setup.mjs';

const CHECKS = [
  ['format', 'oxfmt', '--check', '.'],
  ['lint', 'oxlint', '-c', 'oxlint.config.mjs', '--deny-warnings'],
  ['types', 'tsc', '-b'],
];

/** Runs all of them, each to its end; the number that failed, and of how many. */
export function runChecks(env) {
  const failed = CHECKS.filter(([name, program, ...args]) => {
    console.log(`check: ${name}`);
    const path = join(ROOT, 'node_modules', '.bin', program);
    return spawnSync(path, args, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] }).status !== 0;
  });
  return { passed: CHECKS.length - failed.length, failed: failed.length };
}
