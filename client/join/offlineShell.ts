// Has the browser keep what this page consists of, so that it opens without its server and can be installed. Secure
// contexts alone have service workers. Knows nothing of training.

import type { PageAssets } from '../serviceWorker/serviceWorker.ts';

/** Once, when there is nothing more urgent to fetch. A browser that is driven by a program is not to keep anything. */
export async function keepOfflineShell(): Promise<void> {
  if (!isSecureContext || !('serviceWorker' in navigator) || navigator.webdriver) return;
  try {
    await navigator.serviceWorker.register('serviceWorker.js');
    const { active } = await navigator.serviceWorker.ready;
    const urls: PageAssets = performance
      .getEntriesByType('resource')
      .map(({ name }) => name)
      .filter((url) => url.startsWith(new URL('assets/', location.href).href));
    active?.postMessage(urls, []);
  } catch (error) {
    // Without it the page works as before; it only needs its server.
    console.warn(error);
  }
}
