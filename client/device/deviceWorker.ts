// Entry of the Worker: puts session, clock and engine together and offers the device to the page through Comlink.

import './olderBrowsers.ts';
import { expose } from 'comlink';
import { detectVariant } from '../../shared/engine/wasm/detectVariant.ts';
import { createWasmTrainer } from '../../shared/engine/wasm/wasmTrainer.ts';
import { browserName } from './browserName.ts';
import { createWorkerClock } from './clock.ts';
import { startDevice, type Device } from './device.ts';
import type { DeviceOptions, DeviceState, WorkerBackend } from './deviceState.ts';
import { openSession } from './session.ts';
import { createThrottle } from './throttle.ts';

/** What the page may ask of its Worker, and hears of when it fails; `changed` and `tokenIssued` are called there. */
export interface DeviceWorkerApi {
  start(
    options: DeviceOptions,
    changed: (state: DeviceState) => void,
    tokenIssued: (token: string) => void,
  ): void;
  setPaused(isPaused: boolean): void;
  setBudget(budgetBytes: number): Promise<void> | undefined;
  leave(): Promise<void> | undefined;
  joinAgain(): void;
}

const VARIANTS = { 'wasm-relaxed': 'relaxed', 'wasm-simd': 'simd', 'wasm-scalar': 'scalar' } as const;
/** The page is told ten times a second at most. */
const SHOW_EVERY_MS = 100;

let device: Device | null = null;

const api: DeviceWorkerApi = {
  start(options, changed, tokenIssued) {
    const backend: WorkerBackend = options.backend || `wasm-${detectVariant()}`;
    device = startDevice(options, {
      openSession,
      createTrainer: (plan) => createWasmTrainer(plan, VARIANTS[backend]),
      clock: createWorkerClock(),
      backend,
      browser: browserName(navigator.userAgent),
      cores: navigator.hardwareConcurrency || 0,
      // The machine's clock may have been set between the opening of the page and of its Worker.
      sinceOpenedMs: () => Math.max(0, performance.timeOrigin + performance.now() - options.openedAtMs),
      changed: createThrottle(SHOW_EVERY_MS, changed),
      tokenIssued,
    });
  },
  setPaused: (isPaused) => device?.setPaused(isPaused),
  setBudget: (budgetBytes) => device?.setBudget(budgetBytes),
  leave: () => device?.leave(),
  joinAgain: () => device?.joinAgain(),
};

expose(api);
