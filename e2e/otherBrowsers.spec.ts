// Firefox and WebKit, where the machine has them: each joins, trains, loses its network and goes on with the same session.

import { expect, it } from 'vitest';
import type { DeviceState } from '../client/device/deviceState.ts';
import { openCuttableLine } from './testing/cuttableLine.ts';
import { findFirefox, openFirefox } from './testing/firefox.ts';
import type { RemoteBrowser } from './testing/remoteBrowser.ts';
import { deviceNamed, untilStatus } from './testing/statusOf.ts';
import { startTestServer, testRun } from './testing/testServer.ts';
import { findWebKit, openWebKit } from './testing/webKit.ts';

/** Under a name plain http is no secure context: what a phone on the network gets. */
const INSECURE_HOST = 'minnow.test';
const EVERY_UPDATE_STEPS = { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } } as const;

const BROWSERS = [
  {
    name: 'Firefox',
    missing: findFirefox() ? '' : 'firefox-esr or firefox',
    open: () => openFirefox(INSECURE_HOST),
    host: INSECURE_HOST,
  },
  {
    name: 'WebKit',
    missing: findWebKit() ? '' : 'WebKitWebDriver with its MiniBrowser, and Xvfb (webkit2gtk-driver, xvfb)',
    open: openWebKit,
    host: '127.0.0.1',
  },
];

const stateOf = (browser: RemoteBrowser) => browser.evaluate<DeviceState>('window.minnow.state');

for (const { name, missing, open, host } of BROWSERS) {
  it(`${name} joins, trains, and resumes its session when the network is back`, async (context) => {
    if (missing) context.skip(`this machine has no ${missing}`);
    const server = await startTestServer(testRun('ftte', EVERY_UPDATE_STEPS));
    const line = await openCuttableLine(server.port);
    const browser = await open();
    try {
      await browser.open(`${line.url.replace('127.0.0.1', host)}/?name=guest`);
      const before = await untilStatus(server.url, ({ accepted }) => accepted >= 3);
      const { deviceId } = deviceNamed(before, 'guest');
      const trained = await stateOf(browser);
      console.log(
        `${browser.name}: ${trained.backend}, first local step ${Math.round(trained.joinToFirstStepMs)} ms after opening, secure context: ${await browser.evaluate('isSecureContext')}`,
      );
      expect(trained).toMatchObject({ deviceId, problem: '', connected: true });
      expect(trained.updates).toBeGreaterThan(0);
      expect(trained.allocatedBytes).toBeGreaterThanOrEqual(trained.deviceBytes);

      line.cut();
      await untilStatus(server.url, (run) => !deviceNamed(run, 'guest').connected);
      await expect.poll(async () => (await stateOf(browser)).connected, { timeout: 30_000 }).toBe(false);
      line.mend();
      const after = await untilStatus(
        server.url,
        (run) => run.resumes >= 1 && run.accepted >= before.accepted + 3,
      );
      expect(after.devices).toHaveLength(1);
      expect(deviceNamed(after, 'guest')).toMatchObject({
        deviceId,
        connected: true,
        updates: after.accepted,
      });
      expect(after.refusals).toEqual({});
      await expect.poll(async () => (await stateOf(browser)).updates).toBeGreaterThan(trained.updates);
      expect(await stateOf(browser)).toMatchObject({ deviceId, problem: '', connected: true });
    } finally {
      await browser.close();
      line.close();
      await server.close();
    }
  });
}
