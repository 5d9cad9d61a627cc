// The device's session with the server: one Socket.IO connection at a time, joined anew or resumed by its token.
// The only file of the device that knows Socket.IO; knows nothing of training.

import { io, type Socket } from 'socket.io-client';
import {
  DEVICE_NAMESPACE,
  PROTOCOL_VERSION,
  type AnswerTo,
  type CarriedBy,
  type DeviceMessage,
  type DeviceToServer,
  type Join,
  type Joined,
  type Refusal,
  type ServerToDevice,
} from '../../shared/contract/messages.ts';

export interface SessionEvents {
  /** What to say at every join; asked anew on each connection. */
  readonly join: () => Join;
  /** Joined or resumed: from now on the server listens. */
  readonly joined: (joined: Joined) => void;
  readonly assignment: ServerToDevice['assignment'];
  readonly progress: ServerToDevice['progress'];
  /** As fast as the device may go from now on. */
  readonly pace: ServerToDevice['pace'];
  /** The connection is gone; it is being made again. Every open request has resolved with null. */
  readonly lost: () => void;
  /** When it is tried again, milliseconds since the epoch; 0: now. */
  readonly retrying: (atMs: number) => void;
  /** A join was refused, or the server ended the session: nothing more happens until `connect`. */
  readonly refused: (refusal: Refusal) => void;
}

/**
 * Requests resolve with the server's answer, or with null when the connection was lost; a connection on which no answer
 * came in time is given up as well. After null, `joined` follows some day and tells how things stand.
 */
export interface Session {
  /** All bytes of payload and headers that went over the connection so far. */
  readonly bytesDown: number;
  readonly bytesUp: number;
  /** Says anything but `join`, which is said by itself. */
  request<M extends Exclude<DeviceMessage, 'join'>>(
    message: M,
    ...carried: CarriedBy<M>
  ): Promise<AnswerTo<M> | null>;
  /** Connects (again) and joins; needed after `refused` only. */
  connect(): void;
  close(): void;
}

/** Long enough for a delta over a poor mobile network; a connection that is gone is noticed earlier, by its pings. */
const ANSWER_TIMEOUT_MS = 60_000;
/** Then long-polling is tried first: some networks leave a WebSocket unanswered. */
const CONNECT_TIMEOUT_MS = 10_000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 5_000;

/** Opens a session with the server at `address` and joins. WebSocket first, long-polling where that does not get through. */
export function openSession(address: string, events: SessionEvents, code?: string): Session {
  const { origin, pathname } = new URL(address + '/');
  const socket: Socket<ServerToDevice, DeviceToServer> = io(origin + DEVICE_NAMESPACE, {
    path: pathname + 'socket.io',
    auth: { protocol: PROTOCOL_VERSION, code: code || undefined },
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    timeout: CONNECT_TIMEOUT_MS,
    // We try again ourselves, and so know when.
    reconnection: false,
    autoConnect: false,
  });
  let bytesDown = 0;
  let bytesUp = 0;
  let isJoined = false;
  let isOver = false;
  let delayMs = FIRST_DELAY_MS;
  let retry: ReturnType<typeof setTimeout> | undefined;

  /** Sends unless the connection is down: Socket.IO would keep the message and send it before the next join. */
  function request<M extends DeviceMessage>(
    message: M,
    ...carried: CarriedBy<M>
  ): Promise<AnswerTo<M> | null> {
    return new Promise((resolve) => {
      if (!socket.connected) return resolve(null);
      const callback = (error: Error | null, answer: AnswerTo<M>): void => {
        resolve(error ? null : answer);
        if (error && socket.connected && !isOver) socket.disconnect();
      };
      (socket.timeout(ANSWER_TIMEOUT_MS).emit as (...all: unknown[]) => void)(message, ...carried, callback);
    });
  }

  function close(): void {
    isOver = true;
    isJoined = false;
    clearTimeout(retry);
    socket.disconnect();
  }

  function giveUp(refusal: Refusal): void {
    close();
    events.refused(refusal);
  }

  /** Twice as long after each time; not all tabs of a server that comes back are there at once. */
  function connectAgainLater(): void {
    clearTimeout(retry);
    const inMs = delayMs * (0.5 + Math.random());
    delayMs = Math.min(LONGEST_DELAY_MS, 2 * delayMs);
    events.retrying(Date.now() + inMs);
    retry = setTimeout(() => {
      events.retrying(0);
      socket.connect();
    }, inMs);
  }

  socket.io.on('open', () => {
    const { engine } = socket.io;
    engine.on('packet', (packet) => (bytesDown += sizeOf(packet.data)));
    engine.on('packetCreate', (packet) => (bytesUp += sizeOf(packet.data)));
  });
  socket.on('connect', async () => {
    const answer = await request('join', events.join());
    if (!answer) return;
    if (answer.ok) {
      isJoined = true;
      delayMs = FIRST_DELAY_MS;
      events.joined(answer);
    } else {
      giveUp(answer);
    }
  });
  socket.on('connect_error', (error) => {
    if (error.message === 'timeout') socket.io.opts.transports = ['polling', 'websocket'];
    const refusal = (error as Error & { data?: Partial<Refusal> }).data;
    if (refusal?.code) giveUp({ ok: false, message: error.message, ...refusal, code: refusal.code });
    else if (!isOver) connectAgainLater();
  });
  socket.on('disconnect', () => {
    isJoined = false;
    if (isOver) return;
    events.lost();
    connectAgainLater();
  });
  const heard: ServerToDevice = {
    assignment(assignment, blocks, answer) {
      if (isJoined) events.assignment(assignment, blocks, answer);
      else answer({ ok: false });
    },
    progress: events.progress,
    pace: events.pace,
    ended: giveUp,
  };
  for (const name in heard) socket.on(name as keyof ServerToDevice, heard[name as keyof ServerToDevice]);
  socket.connect();

  return {
    get bytesDown() {
      return bytesDown;
    },
    get bytesUp() {
      return bytesUp;
    },
    request,
    connect() {
      close();
      isOver = false;
      socket.connect();
    },
    close,
  };
}

function sizeOf(data: unknown): number {
  if (typeof data === 'string') return data.length;
  return (data as { byteLength?: number } | undefined)?.byteLength ?? 0;
}
