// The page that tests the engine on WebGPU: hands requests of the test on to a Worker, where devices train too.

import { wrap } from 'comlink';
import type { WebGpuWorkerApi } from './worker.ts';

declare global {
  interface Window {
    webgpu: WebGpuWorkerApi;
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
