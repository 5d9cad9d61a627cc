// A device that was told to train with TensorFlow.js on WebGPU (software adapter): no budget is enforced, and it says so.

import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatByteSize } from '../shared/byteSize.ts';
import { launchChromium } from './chromium.ts';
import { SOFTWARE_WEBGPU } from './testing/enginePage.ts';
import { deviceNamed, untilStatus } from './testing/statusOf.ts';
import { deviceStateOf, openTab } from './testing/tabs.ts';
import { startTestServer, testRun } from './testing/testServer.ts';

describe('a device with TensorFlow.js', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(SOFTWARE_WEBGPU);
  });
  afterAll(() => browser.close());

  // Little work: a step of TensorFlow.js on the software adapter takes a second.
  const run = testRun(
    'ftte',
    { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } },
    { localWork: { batch: 4, epochs: 1, maxSteps: 2, learningRate: 0.03 } },
  );

  it('has its updates accepted, and tells page and server what was measured', async () => {
    const server = await startTestServer(run);
    const tab = await openTab(browser, server.url, {
      name: 'tfjs',
      backend: 'tfjs-webgpu',
      budget: '256KiB',
    });
    const status = await untilStatus(server.url, (run) => run.accepted >= 2);
    expect(status.refusals).toEqual({});
    const device = deviceNamed(status, 'tfjs');
    expect(device).toMatchObject({ backend: 'tfjs-webgpu', budgetBytes: 256 * 1024, trainedShare: 1 });
    // TensorFlow.js holds all activations and gradients at once.
    expect(device.deviceBytes).toBeGreaterThan(device.budgetBytes);
    expect(device.allocatedBytes).toBe(device.deviceBytes);
    await tab.click('#pause');
    await tab.waitForFunction(() => document.documentElement.dataset['state'] === 'paused');
    const state = await deviceStateOf(tab);
    expect(state).toMatchObject({ backend: 'tfjs-webgpu', backendRefusal: '', problem: '', refused: 0 });
    expect(await tab.textContent('#memory-note')).toContain('Budget not enforced');
    expect(await tab.textContent('#memory-note')).toContain(formatByteSize(state.deviceBytes));
    expect(await tab.textContent('#device-bytes')).toBe(formatByteSize(state.deviceBytes));
    expect(await tab.textContent('#engine')).toBe('TensorFlow.js on WebGPU');
    await tab.context().close();
    await server.close();
  });

  it('goes on in WebAssembly where a part of a tensor is to be trained, and says why', async () => {
    const server = await startTestServer(run);
    const tab = await openTab(browser, server.url, {
      name: 'tfjs',
      backend: 'tfjs-webgpu',
      budget: '192KiB',
    });
    const status = await untilStatus(server.url, (run) => run.accepted >= 1);
    const device = deviceNamed(status, 'tfjs');
    expect(device.backend).toMatch(/^wasm-/);
    expect(device.deviceBytes).toBeLessThanOrEqual(192 * 1024);
    await tab.waitForFunction(() => window.minnow.state.backendRefusal !== '');
    expect(await tab.textContent('#notice')).toMatch(
      /trains in WebAssembly instead: .*TensorFlow\.js trains whole tensors, and the scheme trains outputs/,
    );
    expect(await tab.textContent('#memory-note')).toContain('are allocated and never grow');
    await tab.context().close();
    await server.close();
  });
});
