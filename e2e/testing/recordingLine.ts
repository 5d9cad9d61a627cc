// A TCP line to a server that keeps every byte that a browser sends: nothing that a page, its Workers or the browser itself
// say to the server can get past it.

import { openTcpLine } from './tcpLine.ts';

/** What came over one connection. */
export interface Recording {
  readonly bytes: Buffer;
  /** When, among all of the line, each part of it came: `order` rises. */
  readonly parts: readonly { readonly from: number; readonly order: number }[];
}

export interface RecordingLine {
  /** Address that leads to the server. */
  readonly url: string;
  /** What came from the browser so far; connections over which nothing came are left out. */
  sent(): Recording[];
  close(): void;
}

const UPGRADE = /^upgrade: *websocket/im;

/** A line to `http://127.0.0.1:PORT`. `passesWebSockets` false: a connection that asks for one ends. */
export async function openRecordingLine(port: number, passesWebSockets = true): Promise<RecordingLine> {
  const connections: { readonly chunk: Buffer; readonly order: number }[][] = [];
  let order = 0;
  const { url, close } = await openTcpLine(port, (near, far) => {
    const sent: (typeof connections)[number] = [];
    connections.push(sent);
    near.on('data', (chunk) => {
      sent.push({ chunk, order: order++ });
      if (!passesWebSockets && UPGRADE.test(chunk.toString('latin1'))) near.destroy();
      else far.write(chunk);
    });
    near.on('end', () => far.end());
    far.pipe(near);
  });
  return {
    url,
    sent: () =>
      connections
        .filter(({ length }) => length > 0)
        .map((sent) => {
          let from = 0;
          const parts = sent.map(({ chunk, order }) => {
            const part = { from, order };
            from += chunk.length;
            return part;
          });
          return { bytes: Buffer.concat(sent.map(({ chunk }) => chunk)), parts };
        }),
    close,
  };
}
