// Requests as strangers write them: byte by byte, with what no HTTP library would send.

import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Ground } from './ground.ts';

/** The status code of the answer to these lines, 0 where the connection was closed without one. */
export async function statusFor(port: number, lines: readonly string[]): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (part: Buffer) => (text += part.toString('latin1'))).on('error', () => {});
  socket.write(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`);
  await new Promise((resolve) => socket.on('close', resolve));
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
}

export function get(port: number, path: string, ...headers: readonly string[]): Promise<number> {
  return statusFor(port, [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...headers]);
}

/** Folder of a page and a script, for servers whose pages are asked for. */
export function writePages(ground: Ground): string {
  const folder = join(ground.runsDir, 'pages');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Page</title>');
  writeFileSync(join(folder, 'assets', 'script-1.js'), 'export {};');
  return folder;
}

/** So many connections that begin with `head`, and then say `byte` now and then until they are closed. */
export function openDrips(port: number, count: number, head: string, byte: string): Socket[] {
  return Array.from({ length: count }, () => {
    const socket = connect(port, '127.0.0.1');
    const dripping = setInterval(() => socket.write(byte), 100);
    socket.on('error', () => {}).on('close', () => clearInterval(dripping));
    socket.write(head);
    return socket.resume();
  });
}

/** Resolves when all of them are closed. */
export async function closed(sockets: readonly Socket[]): Promise<void> {
  await Promise.all(
    sockets.map((socket) => socket.closed || new Promise((resolve) => socket.once('close', resolve))),
  );
}
