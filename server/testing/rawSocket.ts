// A WebSocket that speaks the transport by hand, for tests of what no client library would send.

import { WebSocket } from 'ws';
import { PROTOCOL_VERSION, type Join } from '../../shared/contract/messages.ts';
import { LOAD_JOIN } from './loadDevice.ts';

export interface RawSocket {
  readonly socket: WebSocket;
  readonly closed: Promise<void>;
}

/** Answers pings, and is connected to the devices' namespace unless `isBare`. Resolves when it is, or is closed. */
export async function openRawSocket(url: string, isBare = false): Promise<RawSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('error', () => {});
  const connected = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      const text = (data as Buffer).toString();
      if (text === '2') socket.send('3');
      if (text.startsWith('0') && !isBare) socket.send(`40/device,{"protocol":${PROTOCOL_VERSION}}`);
      if (text.startsWith(isBare ? '0' : '40')) resolve();
    });
  });
  await Promise.race([connected, closed]);
  return { socket, closed };
}

/** Resolves when the join is acknowledged, or the connection is closed. */
export async function joinRawSocket(url: string, join: Join = LOAD_JOIN): Promise<RawSocket> {
  const raw = await openRawSocket(url);
  const answered = new Promise<void>((resolve) => {
    raw.socket.on('message', (data) => {
      if ((data as Buffer).toString().startsWith('43/device,1')) resolve();
    });
  });
  raw.socket.send(`42/device,1${JSON.stringify(['join', join])}`);
  await Promise.race([answered, raw.closed]);
  return raw;
}
