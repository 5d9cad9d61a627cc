// The page's end of the device: starts the Worker and talks to it through Comlink. The only page file that knows either.

import { proxy, wrap } from 'comlink';
import type { DeviceOptions, DeviceState, HeldReason } from './deviceState.ts';
import type { DeviceWorkerApi } from './deviceWorker.ts';
import type { OwnDataApi } from './ownData.ts';

export interface DeviceHandle {
  setPaused(isPaused: boolean): void;
  setHeld(held: HeldReason): void;
  setBudget(budgetBytes: number): void;
  leave(): void;
  joinAgain(): void;
  /** The person's own samples, and what is made of them. */
  readonly own: OwnDataApi;
}

/** Starts the device of this tab in a Worker. `failed` is called when the Worker itself cannot run. */
export function startDeviceWorker(
  options: DeviceOptions,
  changed: (state: DeviceState) => void,
  tokenIssued: (token: string) => void,
  raced: (key: string, winner: string) => void,
  failed: (problem: string) => void,
): DeviceHandle {
  const worker = new Worker(new URL('./deviceWorker.ts', import.meta.url), {
    type: 'module',
    name: 'device',
  });
  worker.addEventListener('error', (event) => failed(event.message || 'the Worker could not be loaded'));
  const api = wrap<DeviceWorkerApi>(worker);
  const report = (error: unknown): void => failed(error instanceof Error ? error.message : String(error));
  api.start(options, proxy(changed), proxy(tokenIssued), proxy(raced)).catch(report);
  return {
    setPaused: (isPaused) => void api.setPaused(isPaused).catch(report),
    setHeld: (held) => void api.setHeld(held).catch(report),
    setBudget: (budgetBytes) => void api.setBudget(budgetBytes).catch(report),
    leave: () => void api.leave().catch(report),
    joinAgain: () => void api.joinAgain().catch(report),
    own: new Proxy({} as OwnDataApi, {
      get:
        (_, name: keyof OwnDataApi) =>
        (...given: unknown[]) =>
          api.callOwn(name, given),
    }),
  };
}
