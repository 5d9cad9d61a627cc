// A tab that a test can hide and freeze, as a phone does with what is not in front. Playwright keeps its own pages visible,
// whatever happens to them; this one is driven over the protocol, in a browser context that Playwright does not know.

import type { Browser } from 'playwright';

export interface FreezableTab {
  /** The value of an expression in the page. */
  evaluate<T>(expression: string): Promise<T>;
  /** Polls until the expression is true. */
  until(expression: string): Promise<void>;
  /** Another tab comes in front of it. */
  hide(): Promise<void>;
  /** Comes in front again. */
  show(): Promise<void>;
  /** Nothing of a hidden tab runs any more, its Worker included. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  close(): Promise<void>;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

const POLL_MS = 50;

export async function openFreezableTab(browser: Browser, url: string): Promise<FreezableTab> {
  const root = await browser.newBrowserCDPSession();
  const { browserContextId } = await root.send('Target.createBrowserContext');
  const { targetId } = await root.send('Target.createTarget', { url, browserContextId });
  const { sessionId } = await root.send('Target.attachToTarget', { targetId, flatten: false });
  const waiting = new Map<number, (answer: Answer) => void>();
  root.on('Target.receivedMessageFromTarget', (event) => {
    if (event.sessionId !== sessionId) return;
    const answer = JSON.parse(event.message) as Answer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  let numSent = 0;
  function send(method: string, parameters: object): Promise<unknown> {
    const id = ++numSent;
    return new Promise((resolve, reject) => {
      waiting.set(id, ({ result, error }) =>
        error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result),
      );
      const message = JSON.stringify({ id, method, params: parameters });
      root.send('Target.sendMessageToTarget', { sessionId, message }).catch(reject);
    });
  }
  async function evaluate<T>(expression: string): Promise<T> {
    const answer = await send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    return (answer as { result: { value: T } }).result.value;
  }
  async function until(expression: string): Promise<void> {
    while (!(await evaluate<boolean>(`Boolean(${expression})`)))
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }

  return {
    evaluate,
    until,
    async hide() {
      const front = await root.send('Target.createTarget', { url: 'about:blank', browserContextId });
      await root.send('Target.activateTarget', { targetId: front.targetId });
      await until('document.hidden');
    },
    async show() {
      await root.send('Target.activateTarget', { targetId });
      await until('!document.hidden');
    },
    freeze: async () => void (await send('Page.setWebLifecycleState', { state: 'frozen' })),
    thaw: async () => void (await send('Page.setWebLifecycleState', { state: 'active' })),
    async close() {
      await root.send('Target.disposeBrowserContext', { browserContextId });
      await root.detach();
    },
  };
}
