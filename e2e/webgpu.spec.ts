// The engine on WebGPU in a real browser's Worker, on the software adapter: the contract that all trainers pass.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEnginePage, type EnginePage } from './testing/enginePage.ts';

const SUITE_TIMEOUT_MS = 600_000;

describe('the engine on WebGPU', () => {
  let opened: EnginePage;
  beforeAll(async () => {
    opened = await openEnginePage();
    await opened.page.waitForFunction(() => 'webgpu' in window);
  });
  afterAll(() => opened.close());

  it('finds an adapter in a Worker', async () => {
    expect(await opened.page.evaluate(() => window.webgpu.adapter())).not.toBe('');
  });

  async function failuresOf(isWanted: (name: string) => boolean): Promise<string[]> {
    const { page } = opened;
    const names = (await page.evaluate(() => window.webgpu.contractCases())).filter(isWanted);
    expect(names).not.toEqual([]);
    const failures: string[] = [];
    for (const name of names) {
      const failure = await page.evaluate((name) => window.webgpu.runContractCase(name), name);
      if (failure) failures.push(`${name}: ${failure}`);
    }
    return failures;
  }

  it(
    'passes the trainer contract, case by case',
    async () => expect(await failuresOf((name) => name.includes('software tiles'))).toEqual([]),
    SUITE_TIMEOUT_MS,
  );

  it(
    'computes the same with the tiles of real GPUs',
    async () =>
      expect(await failuresOf((name) => /gpu tiles.*agrees with the reference/.test(name))).toEqual([]),
    SUITE_TIMEOUT_MS,
  );

  it(
    'passes the trainer contract with TensorFlow.js, for schemes of whole tensors',
    async () => expect(await failuresOf((name) => name.includes('TensorFlow.js:'))).toEqual([]),
    SUITE_TIMEOUT_MS,
  );
});
