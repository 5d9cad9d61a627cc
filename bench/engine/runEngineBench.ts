// Builds the bench page, opens it in a headless Chromium and waits for its figures.

import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { build, preview } from 'vite';
import { findChromium } from '../../scripts/chromium.mjs';
import { machineOf } from './machine.ts';
import type { EngineResult, PageRequest, PageResult } from './engineResult.ts';

const ROOT = fileURLToPath(new URL('page', import.meta.url));
const OUT_DIR = fileURLToPath(new URL('../../.cache/bench', import.meta.url));

const BROWSER_ARGUMENTS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
];

export interface EngineBenchOptions extends PageRequest {
  /** Progress, and why a backend cannot take part. */
  log(line: string): void;
}

/** Measures everything in one page, one Worker, one run. */
export async function runEngineBench({ log, ...request }: EngineBenchOptions): Promise<EngineResult> {
  const config = {
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    build: { outDir: OUT_DIR, emptyOutDir: true, target: 'es2022', chunkSizeWarningLimit: 10_000 },
    worker: { format: 'es' },
    preview: { host: '127.0.0.1', port: 0 },
  } as const;
  await build(config);
  const server = await preview(config);
  const browser = await chromium.launch({ executablePath: await findChromium(), args: BROWSER_ARGUMENTS });
  try {
    const page = await browser.newPage();
    page.on('console', (message) => log(message.text()));
    page.on('pageerror', (error) => log(error.message));
    const url = server.resolvedUrls?.local[0];
    if (url === undefined) throw new Error('internal: the preview server has no address');
    await page.goto(url);
    const result = await page.evaluate<PageResult, PageRequest>((wanted) => window.runBench(wanted), request);
    return { machine: { ...machineOf(), browser: `Chromium ${browser.version()}` }, ...result };
  } finally {
    await browser.close();
    await server.close();
  }
}
