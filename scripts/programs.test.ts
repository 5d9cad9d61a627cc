import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { programArguments } from './programs.mjs';

const PLAN = fileURLToPath(new URL('../server/commands/plan.ts', import.meta.url));
afterEach(() => vi.unstubAllEnvs());

for (const [way, folder] of [
  ['as a bundle', process.env['MINNOW_BUNDLES']!],
  ['through tsx', ''],
] as const)
  test(`a program starts ${way}`, () => {
    vi.stubEnv('MINNOW_BUNDLES', folder);
    const args = programArguments(PLAN);
    expect(args.includes('tsx')).toBe(folder === '');
    expect(execFileSync(process.execPath, [...args, '--help'], { encoding: 'utf8' })).toContain('--budget');
  });
