// The gateway: devices' Socket.IO connections to this server's runs. Parses, checks the order, acknowledges, hands on.
// Knows nothing of what an update means. A bad device costs only its own connection.

import { randomBytes } from 'node:crypto';
import type { Server as HttpServer } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { Server, type Socket as ServerSocket } from 'socket.io';
import {
  DEVICE_NAMESPACE,
  PROTOCOL_VERSION,
  type DeviceToServer,
  type Handshake,
  type Progress,
  type Refusal,
  type RefusalCode,
  type ServerToDevice,
} from '../../shared/contract/messages.ts';
import { parseHandshake } from '../../shared/contract/parseDeviceMessage.ts';
import { createRefusal, ProtocolError } from '../../shared/contract/protocolError.ts';
import { createAddressBuckets } from './addressBuckets.ts';
import { createDeviceConnection, type DeviceDirectory } from './deviceConnection.ts';
import { USUAL_DOOR_LIMITS, watchDoor, type DoorLimits } from './door.ts';
import { createHolders } from './holders.ts';
import type { FaultLog } from '../guard/faultLog.ts';
import type { JoinCode } from '../http/joinCode.ts';
import type { LineUp } from '../run/lineUp.ts';
import { listenTo } from './listenTo.ts';
import type { RunForDevices } from '../run/runForDevices.ts';
import { oneAttachmentParser } from './oneAttachment.ts';
import { watchOversized } from './oversized.ts';
import { createAddressKeys, peerAddress } from '../guard/peerAddress.ts';
import { createRemovals } from './removals.ts';
import type { SessionTokens } from './sessionToken.ts';
import type { FloodLimits } from '../guard/tokenBucket.ts';

/** A device tells at most its headers, names and `held` beside its delta. */
const HEADER_ROOM_BYTES = 64 * 1024;
/** Long-polling sends attachments as base64. */
const BASE64_GROWTH = 4 / 3;
const PROGRESS_EVERY_MS = 500;
/** At the end, for answers that are under way. */
const LAST_ANSWERS_MS = 1000;
const USUAL_FLOOD_LIMITS: FloodLimits = { perSecond: 100, burst: 200, patience: 20 };
/** Joins of one address: classes and benches come at once, floods go on. */
const JOINS_OF_ADDRESS = { perSecond: 100, burst: 5000 };

export type DeviceSocket = ServerSocket<DeviceToServer<Buffer>, ServerToDevice<Buffer>>;

export interface GatewayOptions {
  readonly httpServer: HttpServer | HttpsServer;
  readonly lineUp: LineUp<RunForDevices>;
  readonly tokens: SessionTokens;
  readonly joinCode: JoinCode;
  readonly floodLimits?: FloodLimits | undefined;
  readonly faults: FaultLog;
  readonly doorLimits?: Partial<DoorLimits> | undefined;
  /** Proxies in front that are trusted to say whom they were asked by (`peerAddress`). */
  readonly trustedProxies: number;
  /** Payload of the largest model, bytes. */
  readonly largestModelBytes: number;
}

export interface Gateway {
  /** Leads the run's assignments to its devices; those of the line-up at the start are attached already. */
  attach(run: RunForDevices): void;
  close(): Promise<void>;
}

export function createGateway(options: GatewayOptions): Gateway {
  const { httpServer, lineUp, tokens, joinCode, faults, trustedProxies } = options;
  const messageLimit = messageLimitBytes(options.largestModelBytes);
  const io = new Server<DeviceToServer<Buffer>, ServerToDevice<Buffer>>(httpServer, {
    serveClient: false,
    transports: ['websocket', 'polling'],
    perMessageDeflate: false,
    httpCompression: false,
    maxHttpBufferSize: messageLimit,
    parser: oneAttachmentParser,
  });
  /** Browsers also open some that they ask nothing on, and keep them: Node's own close waits for those for ever. */
  const connections = new Set<Socket>();
  httpServer.on('connection', (connection: Socket) => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
  });
  const devices = io.of(DEVICE_NAMESPACE);
  const defaultRun = (): RunForDevices => lineUp.runs[0]!;
  const holders = createHolders();
  const addressKeyOf = createAddressKeys();
  const joins = createAddressBuckets(JOINS_OF_ADDRESS);
  /** By engine.io connection. */
  const counters = new WeakMap<object, (code: RefusalCode) => void>();

  const directory: DeviceDirectory = {
    ...holders,
    tokens,
    faults,
    nowMs: () => performance.now(),
    newDeviceId: () => `d${randomBytes(6).toString('hex')}`,
    removals: createRemovals(),
    dealRun: lineUp.deal,
  };

  const countFor = (connection: object, code: RefusalCode): void =>
    counters.has(connection) ? counters.get(connection)!(code) : defaultRun().countRefusal(code);
  const door = watchDoor(
    io,
    { ...USUAL_DOOR_LIMITS, ...options.doorLimits },
    (request) => peerAddress(request, trustedProxies),
    countFor,
  );

  devices.use((socket, next) => {
    const refuse = (refusal: Refusal): void => {
      defaultRun().countRefusal(refusal.code);
      next(Object.assign(new Error(refusal.message), { data: refusal }));
    };
    const handshake = readHandshake(socket.handshake.auth);
    if ('ok' in handshake) return refuse(handshake);
    joinCode.check(handshake.code ?? '', peerAddress(socket.request, trustedProxies), (isRight) =>
      isRight
        ? next()
        : refuse(createRefusal('badCode', 'this run needs its join code: open the address with it')),
    );
  });

  devices.on('connection', (socket: DeviceSocket) => {
    const origin = addressKeyOf(peerAddress(socket.request, trustedProxies));
    const connection = createDeviceConnection(directory, origin, {
      emitAssignment: (assignment, blocks) => socket.emit('assignment', assignment, blocks, () => {}),
      joined(run, deviceId) {
        door.letIn(socket.conn);
        void socket.join(roomOf(run));
        socket.emit('pace', lineUp.steeringOf(run).paceOf(deviceId));
        // Made for all at once, not at each join.
        const progress = told.get(run);
        if (progress) socket.emit('progress', progress);
      },
      left: () => door.letOut(socket.conn),
      emitPace: (pace) => socket.emit('pace', pace),
      end(refusal) {
        socket.emit('ended', refusal);
        socket.disconnect(true);
      },
      hangUp: () => socket.disconnect(true),
    });
    const count = (code: RefusalCode): void => (connection.run ?? defaultRun()).countRefusal(code);
    counters.set(socket.conn, count);
    listenTo(socket, {
      connection,
      limits: options.floodLimits ?? USUAL_FLOOD_LIMITS,
      count,
      isTaking: () => door.untakenBytes(socket.conn) <= messageLimit,
      nowMs: () => performance.now(),
      mayJoin: () => joins.take(origin, performance.now()),
      faults,
    });
  });

  watchOversized(io, (connection) => countFor(connection, 'oversized'));

  const attach = (run: RunForDevices): void => holders.attach(run, lineUp.steeringOf(run));
  for (const run of lineUp.runs) attach(run);

  function progressOf(run: RunForDevices): Progress {
    const waiting = lineUp.waitingOf(run);
    return {
      version: run.version,
      numDevices: run.numConnected(),
      score: run.score,
      // Nobody's work waits for a search.
      waiting: waiting?.kind === 'search' ? null : waiting,
    };
  }
  const told = new WeakMap<RunForDevices, Progress>();
  function tellProgress(run: RunForDevices): void {
    const progress = progressOf(run);
    if (JSON.stringify(told.get(run)) === JSON.stringify(progress)) return;
    told.set(run, progress);
    devices.to(roomOf(run)).emit('progress', progress);
  }
  const ticker = setInterval(() => {
    try {
      for (const run of lineUp.runs) tellProgress(run);
    } catch (error) {
      faults.report('telling the progress', error);
    }
  }, PROGRESS_EVERY_MS);
  ticker.unref();

  return {
    attach,
    async close() {
      clearInterval(ticker);
      door.close();
      const late = setTimeout(
        () => connections.forEach((connection) => connection.destroy()),
        LAST_ANSWERS_MS,
      );
      await io.close();
      clearTimeout(late);
    },
  };
}

function roomOf(run: RunForDevices): string {
  return `run:${run.config.id}`;
}

/** Room for what a device may rightly send, and for deltas twice too long: those get a coded refusal. */
export function messageLimitBytes(largestModelBytes: number): number {
  return Math.ceil(2 * largestModelBytes * BASE64_GROWTH) + HEADER_ROOM_BYTES;
}

/** One that speaks our version, or what to answer in its place. */
function readHandshake(auth: unknown): Handshake | Refusal {
  try {
    const handshake = parseHandshake(auth);
    if (handshake.protocol === PROTOCOL_VERSION) return handshake;
    return protocolRefusal(String(handshake.protocol));
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
