// The gateway: devices' Socket.IO connections to this server's runs. Parses, checks the order, acknowledges, hands on.
// Knows nothing of what an update means. A bad device costs only its own connection.

import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { Server, type Socket } from 'socket.io';
import {
  DEVICE_NAMESPACE,
  PROTOCOL_VERSION,
  type Progress,
  type Refusal,
  type RefusalCode,
} from '../../shared/protocol/messages.ts';
import { parseHandshake } from '../../shared/protocol/parseDeviceMessage.ts';
import { createRefusal, ProtocolError } from '../../shared/protocol/protocolError.ts';
import { createDeviceConnection, type DeviceConnection, type DeviceDirectory } from './deviceConnection.ts';
import type { FaultLog } from './http/faultLog.ts';
import type { LineUp } from './lineUp.ts';
import type { LiveRun, RunEnd } from './liveRun.ts';
import { watchOversized } from './oversized.ts';
import type { SessionTokens } from './sessionToken.ts';
import { createTokenBucket, type FloodLimits } from './tokenBucket.ts';

/** A device tells at most its headers, names and `held` beside its delta. */
const HEADER_ROOM_BYTES = 64 * 1024;
/** Long-polling sends attachments as base64. */
const BASE64_GROWTH = 4 / 3;
const PROGRESS_EVERY_MS = 500;

export interface GatewayOptions {
  readonly httpServer: HttpServer | HttpsServer;
  readonly lineUp: LineUp;
  readonly tokens: SessionTokens;
  readonly floodLimits: FloodLimits;
  readonly faults: FaultLog;
  /** Payload of the largest model, bytes. */
  readonly largestModelBytes: number;
}

export interface Gateway {
  /** Leads the run's assignments to its devices; those of the line-up at the start are attached already. */
  attach(run: LiveRun): void;
  close(): Promise<void>;
}

export function createGateway(options: GatewayOptions): Gateway {
  const { httpServer, lineUp, tokens, floodLimits } = options;
  const io = new Server(httpServer, {
    serveClient: false,
    transports: ['websocket', 'polling'],
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: messageLimitBytes(options.largestModelBytes),
  });
  const devices = io.of(DEVICE_NAMESPACE);
  const defaultRun = (): LiveRun => lineUp.runs[0]!;
  const holders = new Map<string, DeviceConnection>();
  /** By engine.io connection. */
  const counters = new WeakMap<object, (code: RefusalCode) => void>();

  const directory: DeviceDirectory = {
    tokens,
    dealRun: lineUp.deal,
    claim(run, deviceId, connection) {
      const holder = holders.get(keyOf(run, deviceId));
      holders.set(keyOf(run, deviceId), connection);
      if (holder === undefined) return;
      run.countRefusal('superseded');
      holder.end(createRefusal('superseded', 'another connection has taken over this session'));
    },
    holds: (run, deviceId, connection) => holders.get(keyOf(run, deviceId)) === connection,
    release(run, deviceId, connection) {
      if (holders.get(keyOf(run, deviceId)) === connection) holders.delete(keyOf(run, deviceId));
    },
  };

  devices.use((socket, next) => {
    const refusal = checkHandshake(socket.handshake.auth);
    if (refusal === null) return next();
    defaultRun().countRefusal(refusal.code);
    next(Object.assign(new Error(refusal.message), { data: refusal }));
  });

  devices.on('connection', (socket) => {
    const connection = createDeviceConnection(directory, {
      emitAssignment: (assignment, blocks) => socket.emit('assignment', assignment, blocks, () => {}),
      joined(run, deviceId) {
        void socket.join(roomOf(run));
        socket.emit('pace', lineUp.steeringOf(run).paceOf(deviceId));
      },
      emitPace: (pace) => socket.emit('pace', pace),
      end(refusal) {
        socket.emit('ended', refusal);
        socket.disconnect(true);
      },
    });
    const count = (code: RefusalCode): void => (connection.run ?? defaultRun()).countRefusal(code);
    counters.set(socket.conn, count);
    listen(socket, connection, count, floodLimits, options.faults);
    socket.on('disconnect', () => connection.lost());
  });

  watchOversized(io, (connection) => {
    const count = counters.get(connection) ?? ((code) => defaultRun().countRefusal(code));
    count('oversized');
  });

  function attach(run: LiveRun): void {
    const prefix = keyOf(run, '');
    const holderOf = (deviceId: string) => holders.get(keyOf(run, deviceId));
    run.attach({
      assign: (order) => holderOf(order.deviceId)?.assign(order),
      ended(end) {
        for (const [key, connection] of holders)
          if (key.startsWith(prefix)) connection.end(endRefusal(end, run.config.id));
      },
      removed: (deviceId) =>
        holderOf(deviceId)?.end(createRefusal('removed', 'whoever runs this has removed this device')),
      refused: (deviceId, smallestBudgetBytes) =>
        holderOf(deviceId)?.end(
          createRefusal('budgetTooSmall', 'the run now trains what does not fit into this budget', {
            smallestBudgetBytes,
          }),
        ),
    });
    lineUp.steeringOf(run).attach({
      connected: () =>
        [...holders.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)),
      tell: (deviceId, pace) => holderOf(deviceId)?.pace(pace),
    });
  }
  for (const run of lineUp.runs) attach(run);

  const told = new WeakMap<LiveRun, string>();
  const ticker = setInterval(() => {
    for (const run of lineUp.runs) {
      const progress: Progress = {
        version: run.version,
        numDevices: run.numConnected(),
        score: run.score,
      };
      const text = JSON.stringify(progress);
      if (told.get(run) === text) continue;
      told.set(run, text);
      devices.to(roomOf(run)).emit('progress', progress);
    }
  }, PROGRESS_EVERY_MS);
  ticker.unref();

  return {
    attach,
    async close() {
      clearInterval(ticker);
      await io.close();
    },
  };
}

function endRefusal(end: RunEnd, id: string): Refusal {
  switch (end) {
    case 'runEnded':
      return createRefusal(end, `run "${id}" has ended`);
    case 'moved':
      return createRefusal(end, `another run has taken the place of "${id}"; join anew without a token`);
    default:
      return end satisfies never;
  }
}

function keyOf(run: LiveRun, deviceId: string): string {
  return `${run.config.id}/${deviceId}`;
}

function roomOf(run: LiveRun): string {
  return `run:${run.config.id}`;
}

/** Room for what a device may rightly send, and for deltas twice too long: those get a coded refusal. */
export function messageLimitBytes(largestModelBytes: number): number {
  return Math.ceil(2 * largestModelBytes * BASE64_GROWTH) + HEADER_ROOM_BYTES;
}

function checkHandshake(auth: unknown): Refusal | null {
  try {
    const { protocol } = parseHandshake(auth);
    if (protocol === PROTOCOL_VERSION) return null;
    return protocolRefusal(String(protocol));
  } catch (error) {
    if (error instanceof ProtocolError) return protocolRefusal('none');
    throw error;
  }
}

function protocolRefusal(theirs: string): Refusal {
  return createRefusal(
    'protocolVersion',
    `this server speaks protocol version ${PROTOCOL_VERSION}, the device ${theirs}; reload the page`,
  );
}

/** Every message goes through here: counted against the flood limits, handed on, and its refusal acknowledged. */
function listen(
  socket: Socket,
  connection: DeviceConnection,
  count: (code: RefusalCode) => void,
  limits: FloodLimits,
  faults: FaultLog,
): void {
  const bucket = createTokenBucket(limits);
  let patience = limits.patience;

  // No packet of Socket.IO: the connection is closed, and nothing can be answered. A device may also send an "error".
  socket.on('error', (error: unknown) => {
    if (error instanceof Error) count('malformed');
  });
  socket.onAny((name: unknown, ...args: unknown[]) => {
    // The transport lets numbers through as names.
    const event = String(name);
    const last = args.at(-1);
    const answer = typeof last === 'function' ? (last as (answer: object) => void) : null;
    const refuse = (refusal: Refusal): void => {
      count(refusal.code);
      answer?.(refusal);
    };
    if (!bucket.take(performance.now())) {
      const refusal = createRefusal('flood', `more than ${limits.perSecond} messages a second`);
      refuse(refusal);
      if (--patience <= 0) connection.end(refusal);
      return;
    }
    if (answer === null) {
      refuse(createRefusal('malformed', `${event.slice(0, 50)}: must ask for an acknowledgement`));
      return;
    }
    try {
      connection.receive(event, args.slice(0, -1), answer);
    } catch (error) {
      if (error instanceof ProtocolError)
        return refuse(createRefusal(error.code, error.message, error.details));
      // It may have left the connection half done.
      faults.report(`a message "${event}"`, error);
      const refusal = createRefusal('internal', 'this connection has met a fault of the server');
      refuse(refusal);
      connection.end(refusal);
    }
  });
}
