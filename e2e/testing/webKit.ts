// WebKitGTK's own small browser through its WebDriver (https://www.w3.org/TR/webdriver2/), on a display of its own.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { endGroup, findProgram, said, type RemoteBrowser } from './remoteBrowser.ts';

const LIBRARIES = '/usr/lib';
const RETRY_MS = 100;
const NUM_TRIES = 200;

/** Driver, browser and display; null where one of them is missing. */
export function findWebKit() {
  const driver = findProgram('WebKitWebDriver');
  const display = findProgram('Xvfb');
  const browser = findMiniBrowser();
  return driver && display && browser ? { driver, display, browser } : null;
}

/** Lies in a folder of the library, not in the path. */
function findMiniBrowser(): string {
  if (!existsSync(LIBRARIES)) return '';
  const folders = ['', ...readdirSync(LIBRARIES)].map((folder) => join(LIBRARIES, folder));
  const engines = folders.flatMap((folder) => {
    const names = folder === LIBRARIES || folder.includes('linux') ? readdirSync(folder) : [];
    return names
      .filter((name) => /^webkit2?gtk-/.test(name))
      .map((name) => join(folder, name, 'MiniBrowser'));
  });
  return engines.find(existsSync) ?? '';
}

export async function openWebKit(): Promise<RemoteBrowser> {
  const found = findWebKit();
  if (!found) throw new Error('WebKitWebDriver, MiniBrowser or Xvfb is missing');
  const screen = spawn(found.display, ['-displayfd', '1', '-nolisten', 'tcp', '-screen', '0', '390x844x24'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let driver: ReturnType<typeof spawn> | null = null;
  async function end(): Promise<void> {
    if (driver) await endGroup(driver);
    await endGroup(screen);
  }
  try {
    const display = `:${await said(screen, screen.stdout, /^(\d+)\n/)}`;
    const port = await freePort();
    driver = spawn(found.driver, ['--host=127.0.0.1', `--port=${port}`], {
      detached: true,
      stdio: 'ignore',
      env: { ...process.env, DISPLAY: display, GDK_BACKEND: 'x11' },
    });
    const ask = await connect(`http://127.0.0.1:${port}`);
    const { sessionId, capabilities } = (await ask('POST', '/session', {
      capabilities: {
        alwaysMatch: { 'webkitgtk:browserOptions': { binary: found.browser, args: ['--automation'] } },
      },
    })) as { sessionId: string; capabilities: { browserVersion: string } };
    const session = `/session/${sessionId}`;
    return {
      name: `WebKitGTK ${capabilities.browserVersion}`,
      async open(url) {
        await ask('POST', `${session}/url`, { url });
      },
      async evaluate<T>(expression: string) {
        return (await ask('POST', `${session}/execute/sync`, {
          script: `return ${expression};`,
          args: [],
        })) as T;
      },
      async close() {
        await ask('DELETE', session).catch(() => {});
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Resolves when the driver answers. */
async function connect(origin: string) {
  async function ask(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(origin + path, { method, ...(body && { body: JSON.stringify(body) }) });
    const { value } = (await answer.json()) as { value: { error?: string; message?: string } | null };
    if (!answer.ok) throw new Error(`${method} ${path}: ${value?.error}: ${value?.message}`);
    return value;
  }
  for (let i = 0; i < NUM_TRIES; i++) {
    const isThere = await ask('GET', '/status').then(
      () => true,
      () => false,
    );
    if (isThere) return ask;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  throw new Error(`${origin} does not answer`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
