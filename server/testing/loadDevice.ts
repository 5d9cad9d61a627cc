// A device without an engine, for tests of the server: speaks the whole protocol and makes its deltas up.

import { io, type Socket } from 'socket.io-client';
import { bytesToFloats } from '../../shared/contract/codec.ts';
import {
  DEVICE_NAMESPACE,
  PROTOCOL_VERSION,
  type Answer,
  type Assignment,
  type DeviceToServer,
  type Join,
  type Joined,
  type Progress,
  type Refusal,
  type ServerToDevice,
  type UpdateAnswer,
  type UpdateHeader,
} from '../../shared/contract/messages.ts';

const ANSWER_TIMEOUT_MS = 10_000;

export const LOAD_JOIN: Join = {
  run: '',
  token: '',
  budgetBytes: 4 * 1024 * 1024,
  dataSeed: -1,
  device: {
    name: 'load',
    browser: 'Node',
    cores: 1,
    backend: 'wasm-simd',
    profile: '',
    flopsPerSecond: 0,
    stragglerFactor: 1,
  },
};

export interface Delivery {
  readonly assignment: Assignment;
  readonly values: Float32Array;
}

export type LoadSocket = Socket<ServerToDevice, DeviceToServer>;

export interface LoadDevice {
  readonly socket: LoadSocket;
  readonly progress: readonly Progress[];
  /** Sends any message at all; resolves with the acknowledgement, rejects when none comes. */
  send<T = object>(event: string, ...args: unknown[]): Promise<Answer<T>>;
  join(join?: Partial<Join>): Promise<Answer<Joined>>;
  /** The next assignment that was not taken yet. */
  nextAssignment(): Promise<Delivery>;
  update(assignmentId: string, delta: Float32Array | ArrayBuffer): Promise<Answer<UpdateAnswer>>;
  /** Resolves when the server ends the session. */
  readonly ended: Promise<Refusal>;
  /** Resolves when the connection is gone. */
  readonly disconnected: Promise<void>;
  close(): void;
}

export interface LoadDeviceOptions {
  readonly auth?: object;
  readonly transports?: ('websocket' | 'polling')[];
  readonly numTensors: number;
  /** As a proxy in front would say; of use where the server trusts one. */
  readonly address?: string;
}

/** Connects; rejects with the server's error when it refuses the handshake. Never reconnects by itself. */
export async function connectLoadDevice(url: string, options: LoadDeviceOptions): Promise<LoadDevice> {
  const { auth = { protocol: PROTOCOL_VERSION }, transports = ['websocket'], numTensors, address } = options;
  const socket: LoadSocket = io(url + DEVICE_NAMESPACE, {
    auth,
    transports,
    reconnection: false,
    forceNew: true,
    ...(address !== undefined && { extraHeaders: { 'x-forwarded-for': address } }),
  });
  const arrived: Delivery[] = [];
  const waiting: ((delivery: Delivery) => void)[] = [];
  const progress: Progress[] = [];
  socket.on('assignment', (assignment, blocks, answer) => {
    answer({ ok: true });
    const delivery = { assignment, values: bytesToFloats(blocks) };
    const next = waiting.shift();
    if (next) next(delivery);
    else arrived.push(delivery);
  });
  socket.on('progress', (line) => progress.push(line));
  const ended = new Promise<Refusal>((resolve) => socket.on('ended', resolve));
  const disconnected = new Promise<void>((resolve) => socket.on('disconnect', () => resolve()));

  await new Promise<void>((resolve, reject) => {
    socket.on('connect', resolve);
    socket.on('connect_error', (error) => {
      socket.close();
      reject(error);
    });
  });

  function send<T>(event: string, ...args: unknown[]): Promise<Answer<T>> {
    const emit = socket.timeout(ANSWER_TIMEOUT_MS).emitWithAck as (...all: unknown[]) => Promise<unknown>;
    return emit.call(socket.timeout(ANSWER_TIMEOUT_MS), event, ...args) as Promise<Answer<T>>;
  }

  return {
    socket,
    progress,
    ended,
    disconnected,
    send,
    join: (join = {}) => send<Joined>('join', { ...LOAD_JOIN, ...join }),
    nextAssignment: () =>
      new Promise((resolve) => {
        const delivery = arrived.shift();
        if (delivery) resolve(delivery);
        else waiting.push(resolve);
      }),
    update: (assignmentId, delta) =>
      send<UpdateAnswer>('update', loadHeader(assignmentId, numTensors), delta),
    close: () => socket.close(),
  };
}

export function loadHeader(assignmentId: string, numTensors: number): UpdateHeader {
  return {
    assignmentId,
    steps: 4,
    samples: 10,
    lossFirst: 0.7,
    lossLast: 0.6,
    noise: -1,
    stepMs: 2.5,
    overruns: 0,
    deviceBytes: 4096,
    allocatedBytes: 65_536,
    joinToFirstStepMs: 100,
    held: Array.from({ length: numTensors }, () => -1),
  };
}
