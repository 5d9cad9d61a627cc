// What strangers can make a server hold: real sockets that never join, half messages, and what nobody takes.

import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectTcp, type Socket as NetSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startServer, type RunningServer, type ServerOptions } from '../startServer.ts';
import type { DoorLimits } from './door.ts';
import { connectLoadDevice, type LoadDevice } from '../testing/loadDevice.ts';
import { joinRawSocket, openRawSocket, type RawSocket } from '../testing/rawSocket.ts';
import { TINY_TENSOR_SIZES, tinyRun, tinyServerOptions } from '../testing/tinyTask.ts';

/** Long enough for those who mean to join, on a busy machine, too. */
const JOIN_WITHIN_MS = 5000;

let runsDir = '';
let server: RunningServer;
let closers: (() => void)[] = [];

beforeEach(() => {
  runsDir = mkdtempSync(join(tmpdir(), 'minnow-door-'));
});
afterEach(async () => {
  for (const close of closers) close();
  closers = [];
  await server.close();
  rmSync(runsDir, { recursive: true, force: true });
});

async function start(doorLimits: Partial<DoorLimits> = {}, more: Partial<ServerOptions> = {}): Promise<void> {
  server = await startServer({ ...tinyServerOptions(runsDir, [tinyRun('one')]), doorLimits, ...more });
}

const one = () => server.runs[0]!.status();

async function joined(): Promise<LoadDevice> {
  const device = await connectLoadDevice(server.url, { numTensors: TINY_TENSOR_SIZES.length });
  closers.push(device.close);
  expect(await device.join()).toMatchObject({ ok: true });
  return device;
}

async function openRaw(isBare = false): Promise<RawSocket> {
  return closedAfterwards(await openRawSocket(server.url, isBare));
}

async function joinRaw(): Promise<RawSocket> {
  return closedAfterwards(await joinRawSocket(server.url));
}

function closedAfterwards(raw: RawSocket): RawSocket {
  closers.push(() => raw.socket.terminate());
  return raw;
}

describe('a connection that never joins', () => {
  it.each([true, false])(
    'is closed after a time (without a namespace: %s), and a joined one stays',
    async (isBare) => {
      await start({ joinWithinMs: JOIN_WITHIN_MS });
      const device = await joined();
      const raw = await openRaw(isBare);
      await raw.closed;
      expect(device.socket.connected).toBe(true);
      expect(one().refusals).toEqual({ outOfOrder: 1 });
    },
  );

  it('is closed after a time, too, when it has left', async () => {
    await start({ joinWithinMs: JOIN_WITHIN_MS });
    const device = await joined();
    expect(await device.send('leave')).toMatchObject({ ok: true });
    await device.disconnected;
  });

  it('is closed by long-polling as well', async () => {
    await start({ joinWithinMs: JOIN_WITHIN_MS });
    const device = await connectLoadDevice(server.url, { transports: ['polling'], numTensors: 4 });
    closers.push(device.close);
    await device.disconnected;
  });

  it('makes way for others of its address when there are too many, the longest waiting first', async () => {
    await start({ mostWaiting: 3 });
    const raws: RawSocket[] = [];
    for (let k = 0; k < 3; k++) raws.push(await openRaw());
    await joined();
    await raws[0]!.closed;
    expect(raws.slice(1).map(({ socket }) => socket.readyState)).toEqual([WebSocket.OPEN, WebSocket.OPEN]);
    expect(one().refusals).toEqual({ flood: 1 });
  });
});

describe('half a message', () => {
  it('of a connection that has not joined is cut off, whether in one frame or in fragments', async () => {
    await start();
    const device = await joined();
    const fragments = await openRaw();
    for (let k = 0; k < 20; k++) fragments.socket.send('4'.repeat(1000), { fin: false });
    await fragments.closed;
    const frame = await openRaw();
    // The header of a frame of 60,000 bytes, of which 20,000 come.
    const header = Buffer.from([0x81, 0x80 | 126, 60_000 >> 8, 60_000 & 255, 0, 0, 0, 0]);
    netOf(frame).write(Buffer.concat([header, Buffer.alloc(20_000)]));
    await frame.closed;
    expect(one().refusals).toEqual({ oversized: 2 });
    expect(device.socket.connected).toBe(true);
  });

  it('by long-polling is cut off before it is read, or as soon as it is too long', async () => {
    await start();
    for (const framing of ['content-length: 100000', 'transfer-encoding: chunked']) {
      const sid = await pollingSession();
      const post = connectTcp(server.port, '127.0.0.1');
      closers.push(() => post.destroy());
      const closed = new Promise<void>((resolve) => post.on('close', () => resolve()));
      let answer = '';
      post.on('data', (data) => (answer += data.toString()));
      post.on('error', () => {});
      post.write(
        `POST /socket.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nhost: 127.0.0.1\r\n${framing}\r\n\r\n`,
      );
      post.write(`4e20\r\n${'4'.repeat(20_000)}`);
      await closed;
      expect(answer).toContain('413');
    }
    expect(one().refusals.oversized).toBeGreaterThanOrEqual(2);
  });

  it('whose attachment never comes is waited for a time alone, however the connection answers pings', async () => {
    await start({ attachmentWithinMs: 300 });
    const raw = await joinRaw();
    raw.socket.send('451-/device,2["update",{},{"_placeholder":true,"num":0}]');
    await raw.closed;
    expect(one().refusals).toEqual({ malformed: 1 });
  });

  it('that announces more than one attachment ends its connection at once', async () => {
    await start();
    const raw = await joinRaw();
    raw.socket.send('452-/device,2["update",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]');
    await raw.closed;
    expect(one().refusals).toEqual({ malformed: 1 });
  });
});

describe('what is not taken', () => {
  it('is not sent for ever: who asks for more is refused, and then ended', async () => {
    await start({}, { floodLimits: { perSecond: 1e9, burst: 1e9, patience: 20 } });
    const raw = await joinRaw();
    netOf(raw).pause();
    let id = 1;
    const ask = (): void => {
      for (let k = 0; k < 500; k++) raw.socket.send(`42/device,${++id}["ready",{"held":[-1,-1,-1,-1]}]`);
    };
    const isHere = () => {
      if (id < 50_000) ask();
      return one().devices[0]!.connected;
    };
    await expect.poll(isHere, { interval: 20, timeout: 60_000 }).toBe(false);
    expect(one().refusals).toMatchObject({ flood: expect.any(Number) });
    expect(one().refusals.flood).toBeGreaterThanOrEqual(20);
  });
});

async function pollingSession(): Promise<string> {
  const answer = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`);
  return (JSON.parse((await answer.text()).slice(1)) as { sid: string }).sid;
}

function netOf({ socket }: RawSocket): NetSocket {
  return (socket as unknown as { _socket: NetSocket })._socket;
}
