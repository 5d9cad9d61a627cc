// The page of the engine benchmark: it only starts the Worker and hands its messages on.

import type { PageMessage, PageRequest, PageResult } from '../engineResult.ts';

declare global {
  interface Window {
    runBench(request: PageRequest): Promise<PageResult>;
  }
}

window.runBench = (request) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./benchWorker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('error', (event) => reject(new Error(event.message)));
    worker.addEventListener('message', ({ data }: MessageEvent<PageMessage>) => {
      switch (data.kind) {
        case 'log':
          console.log(data.line);
          break;
        case 'failed':
          reject(new Error(data.message));
          break;
        case 'done':
          resolve(data.result);
          break;
      }
    });
    // A Worker's postMessage has no target origin: the second argument lists what is transferred.
    worker.postMessage(request, []);
  });
