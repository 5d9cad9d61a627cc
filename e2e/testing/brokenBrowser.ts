// Browsers in which something never answers or fails, for tests: what is broken is put before the page's scripts and before
// those of the device's Worker.

import type { BrowserContext } from 'playwright';

/** Calls `breakIt` first in each page of the context and in each device's Worker. It must be self-contained. */
export async function breakIn(context: BrowserContext, breakIt: () => void): Promise<void> {
  await context.addInitScript(breakIt);
  await context.route(/\/assets\/deviceWorker-/, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: `(${breakIt.toString()})();${await answer.text()}` });
  });
}

/** `indexedDB.open` fires no event, as in browsers whose storage has crashed. */
export function silentStorage(): void {
  indexedDB.open = () => new EventTarget() as IDBOpenDBRequest;
}

/** What is kept by name throws where it is touched, as where cookies are barred. */
export function barredStorage(): void {
  for (const name of ['localStorage', 'sessionStorage'])
    Object.defineProperty(globalThis, name, {
      get() {
        throw new DOMException('The operation is insecure.', 'SecurityError');
      },
    });
}

/** No memory of WebAssembly beyond a MiB is given out. */
export function refusedMemory(): void {
  const Plain = WebAssembly.Memory;
  WebAssembly.Memory = class extends Plain {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      if (descriptor.initial > 16) throw new RangeError('WebAssembly.Memory(): could not allocate memory');
      super(descriptor);
    }
  };
}
