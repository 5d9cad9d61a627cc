// A stock Firefox, headless, over WebDriver BiDi (https://w3c.github.io/webdriver-bidi/), which it speaks without a driver.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { endGroup, findProgram, said, type RemoteBrowser } from './remoteBrowser.ts';

/** Nothing phones home, and the name stands for this machine, as one on a school's network would. */
const preferences = (insecureHost: string): Record<string, string | boolean> => ({
  'network.dns.localDomains': insecureHost,
  'app.update.disabledForTesting': true,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
});

interface Reply {
  readonly id?: number;
  readonly type: 'success' | 'error' | 'event';
  readonly result: unknown;
  readonly message?: string;
}
interface Evaluated {
  readonly type: 'success' | 'exception';
  readonly result?: { readonly value?: string };
  readonly exceptionDetails?: { readonly text: string };
}

export function findFirefox(): string {
  return findProgram('firefox-esr', 'firefox');
}

/** `insecureHost`: a name under which this machine is reached, and plain http is no secure context. */
export async function openFirefox(insecureHost: string): Promise<RemoteBrowser> {
  const profile = mkdtempSync(join(tmpdir(), 'minnow-firefox-'));
  const lines = Object.entries(preferences(insecureHost)).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  writeFileSync(join(profile, 'user.js'), lines.join(''));
  const args = ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'];
  const child = spawn(findFirefox(), args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  async function end(): Promise<void> {
    await endGroup(child);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
  try {
    const address = await said(child, child.stderr, /WebDriver BiDi listening on (ws:\S+)/);
    const send = await connect(`${address}/session`);
    const { capabilities } = (await send('session.new', { capabilities: {} })) as {
      capabilities: { browserVersion: string };
    };
    const { contexts } = (await send('browsingContext.getTree', {})) as {
      contexts: readonly { context: string }[];
    };
    const { context } = contexts[0]!;
    return {
      name: `Firefox ${capabilities.browserVersion}`,
      async open(url) {
        await send('browsingContext.navigate', { context, url, wait: 'complete' });
      },
      async evaluate<T>(expression: string) {
        const script = {
          expression: `JSON.stringify(${expression})`,
          target: { context },
          awaitPromise: true,
        };
        const { result, exceptionDetails } = (await send('script.evaluate', script)) as Evaluated;
        if (exceptionDetails) throw new Error(exceptionDetails.text);
        return (result?.value === undefined ? undefined : JSON.parse(result.value)) as T;
      },
      close: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function connect(address: string) {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const waiting = new Map<number, (reply: Reply) => void>();
  let numSent = 0;
  socket.on('message', (data) => {
    const reply = JSON.parse(String(data)) as Reply;
    if (reply.id !== undefined) waiting.get(reply.id)?.(reply);
  });
  return (method: string, params: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++numSent;
      waiting.set(id, ({ type, result, message }) => {
        waiting.delete(id);
        if (type === 'error') reject(new Error(`${method}: ${message}`));
        else resolve(result);
      });
      socket.send(JSON.stringify({ id, method, params }));
    });
}
