// What a browser sent over all of its connections, taken apart as the server takes it apart: HTTP requests, WebSocket frames,
// Engine.IO and Socket.IO packets. Throws where anything is left over that it cannot name.

import type { Recording } from './recordingLine.ts';

export interface SentRequest {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** A Socket.IO packet of a browser. */
export interface SentPacket {
  readonly kind: 'connect' | 'disconnect' | 'event' | 'answer';
  readonly namespace: string;
  /** Of an event: its name, and what it carries; of an answer: what it carries. */
  readonly name: string;
  readonly values: readonly unknown[];
  readonly attachments: readonly Buffer[];
}

export interface Sent {
  readonly requests: readonly SentRequest[];
  readonly packets: readonly SentPacket[];
  /** All that went through a WebSocket, without its mask, and every binary part that travelled as base64. */
  readonly decoded: readonly Buffer[];
}

const HEAD_END = '\r\n\r\n';
const SEPARATOR = '\x1e';

/** Engine.IO packets of one request or WebSocket. */
interface Load {
  readonly order: number;
  /** Packets of one session that belong together come over one or more connections. */
  readonly session: string;
  readonly packets: readonly (string | Buffer)[];
}

/** Of all connections of a browser. Where it is not strict, what cannot be named is left out instead of throwing. */
export function decodeSent(recordings: readonly Recording[], { isStrict = true } = {}): Sent {
  const requests: SentRequest[] = [];
  const decoded: Buffer[] = [];
  const loads: Load[] = [];
  for (const [connection, { bytes, parts }] of recordings.entries()) {
    let at = 0;
    while (at < bytes.length) {
      const order = parts.filter(({ from }) => from <= at).at(-1)!.order;
      const request = readRequest(bytes, at);
      requests.push(request);
      at = request.end;
      const { url, body, headers } = request;
      if (headers.get('upgrade') === 'websocket') {
        const frames = decodeFrames(bytes.subarray(at));
        decoded.push(...frames.map(({ payload }) => payload));
        const packets = frames.map(({ isText, payload }) => (isText ? payload.toString('utf8') : payload));
        loads.push({ order, session: url.searchParams.get('sid') ?? `connection ${connection}`, packets });
        at = bytes.length;
      } else if (body.length > 0 && url.pathname === '/socket.io/') {
        const packets = body
          .toString('utf8')
          .split(SEPARATOR)
          .map((packet) => (packet.startsWith('b') ? Buffer.from(packet.slice(1), 'base64') : packet));
        decoded.push(...packets.filter((packet) => typeof packet !== 'string'));
        loads.push({ order, session: url.searchParams.get('sid')!, packets });
      }
    }
  }
  const readers = new Map<string, PacketReader>();
  for (const { session, packets } of loads.sort((a, b) => a.order - b.order)) {
    const reader = readers.get(session) ?? createPacketReader(isStrict);
    readers.set(session, reader);
    for (const packet of packets) reader.read(packet);
  }
  return { requests, packets: [...readers.values()].flatMap(({ packets }) => packets), decoded };
}

function readRequest(bytes: Buffer, at: number): SentRequest & { readonly end: number } {
  const headEnd = bytes.indexOf(HEAD_END, at);
  if (headEnd < 0) throw new Error(`half a request: ${bytes.toString('latin1', at, at + 100)}`);
  const [line, ...fields] = bytes.toString('latin1', at, headEnd).split('\r\n');
  const [method, target] = line!.split(' ') as [string, string];
  const headers = new Map(
    fields.map((field) => {
      const colon = field.indexOf(':');
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
    }),
  );
  if (headers.has('transfer-encoding')) throw new Error(`a body without a length: ${line}`);
  const from = headEnd + HEAD_END.length;
  const end = from + Number(headers.get('content-length') ?? 0);
  return { method, url: new URL(target, 'http://server'), headers, body: bytes.subarray(from, end), end };
}

/** RFC 6455, section 5: text, binary and their continuations; control frames are left out, without a payload. */
function decodeFrames(bytes: Buffer): { isText: boolean; payload: Buffer }[] {
  const messages: { isText: boolean; payload: Buffer }[] = [];
  let at = 0;
  while (at < bytes.length) {
    const opcode = bytes[at]! & 0x0f;
    if ((bytes[at]! & 0x70) !== 0) throw new Error('a frame of a WebSocket extension, such as compression');
    let length = bytes[at + 1]! & 0x7f;
    at += 2;
    if (length === 126) {
      length = bytes.readUInt16BE(at);
      at += 2;
    } else if (length === 127) {
      length = Number(bytes.readBigUInt64BE(at));
      at += 8;
    }
    const mask = bytes.subarray(at, at + 4);
    at += 4;
    const payload = Buffer.from(bytes.subarray(at, at + length)).map(
      (byte, i) => byte ^ mask[i % 4]!,
    ) as Buffer;
    at += length;
    if (opcode === 0) {
      const last = messages.at(-1)!;
      last.payload = Buffer.concat([last.payload, payload]);
    } else if (opcode <= 2) {
      messages.push({ isText: opcode === 1, payload });
    } else if (opcode !== 8 && payload.length > 0) {
      throw new Error(`a control frame ${opcode} with ${payload.length} bytes`);
    }
  }
  return messages;
}

interface PacketReader {
  readonly packets: readonly SentPacket[];
  read(packet: string | Buffer): void;
}

function createPacketReader(isStrict: boolean): PacketReader {
  const packets: SentPacket[] = [];
  let waiting: (SentPacket & { readonly numAttachments: number; readonly attachments: Buffer[] }) | null =
    null;
  function readText(text: string): void {
    if (/^(1|3|3probe|2probe|5|6)?$/.test(text)) return;
    const [, type, numAttachments, namespace, , json] =
      /^4([012356])(?:(\d+)-)?(\/[\w/]+)?,?(\d+)?(.*)$/s.exec(text) ?? [];
    if (type === undefined && !isStrict) return;
    if (type === undefined) throw new Error(`no packet of Socket.IO: ${text.slice(0, 100)}`);
    const values = json ? (JSON.parse(json) as unknown) : [];
    const list = Array.isArray(values) ? (values as unknown[]) : [values];
    const isEvent = type === '2' || type === '5';
    const kind = type === '0' ? 'connect' : type === '1' ? 'disconnect' : isEvent ? 'event' : 'answer';
    const packet = {
      kind,
      namespace: namespace ?? '/',
      name: isEvent ? String(list[0]) : '',
      values: isEvent ? list.slice(1) : list,
      numAttachments: Number(numAttachments ?? 0),
      attachments: [] as Buffer[],
    } as const;
    packets.push(packet);
    waiting = packet.numAttachments > 0 ? packet : null;
  }

  function readBinary(bytes: Buffer): void {
    if (!waiting && !isStrict) return;
    if (!waiting) throw new Error(`${bytes.length} bytes that belong to no packet`);
    waiting.attachments.push(bytes);
    if (waiting.attachments.length === waiting.numAttachments) waiting = null;
  }

  return {
    packets,
    read(packet) {
      if (typeof packet === 'string') readText(packet);
      else readBinary(packet);
    },
  };
}
