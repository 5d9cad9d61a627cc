// The page that tests the engine in a browser: WebGPU in a Worker, where devices train too, and memory over a long run.

import { wrap } from 'comlink';
import { trainLong } from './trainLong.ts';
import type { WebGpuWorkerApi } from './worker.ts';

declare global {
  interface Window {
    webgpu: WebGpuWorkerApi;
    trainLong: typeof trainLong;
  }
}

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
const api = wrap<WebGpuWorkerApi>(worker);
window.webgpu = {
  adapter: () => api.adapter(),
  contractCases: () => api.contractCases(),
  runContractCase: (name) => api.runContractCase(name),
  timeSteps: (...args) => api.timeSteps(...args),
};
window.trainLong = trainLong;
