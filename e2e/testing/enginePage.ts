// The page that tests the engine, built and served, in a Chromium with the software adapter.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright';
import sirv from 'sirv';
import { build } from 'vite';
import { launchChromium } from '../chromium.ts';

/** What gives headless Chromium WebGPU without a GPU. */
export const SOFTWARE_WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

export interface EnginePage {
  readonly page: Page;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** Builds `e2e/enginePage` into a folder of its own and opens it. */
export async function openEnginePage(): Promise<EnginePage> {
  const root = join(import.meta.dirname, '..', 'enginePage');
  const outDir = mkdtempSync(join(tmpdir(), 'minnow-webgpu-'));
  const suite = join(root, 'suite.ts');
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { vitest: suite } },
    build: { outDir, emptyOutDir: true, target: 'esnext', minify: false, chunkSizeWarningLimit: 10_000 },
    worker: { format: 'es' },
  });
  const server = createServer(sirv(outDir));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await launchChromium([
    ...SOFTWARE_WEBGPU,
    '--js-flags=--expose-gc',
    '--enable-precise-memory-info',
  ]);
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return {
    page,
    browser,
    async close() {
      await browser.close();
      server.close();
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}
