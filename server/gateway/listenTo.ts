// What one device's socket says: counted against the limits, handed on, and every refusal acknowledged. Whatever goes wrong in
// here costs this socket alone.

import type { AnswerTo, DeviceMessage, Refusal, RefusalCode } from '../../shared/contract/messages.ts';
import { createRefusal, ProtocolError } from '../../shared/contract/protocolError.ts';
import type { DeviceConnection } from './deviceConnection.ts';
import type { FaultLog } from '../guard/faultLog.ts';
import { createPatience } from './patience.ts';
import { createTokenBucket, type FloodLimits } from '../guard/tokenBucket.ts';

/** As much of a socket as is listened to. */
export interface HeardSocket {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
  onAny(listener: (name: unknown, ...args: unknown[]) => void): unknown;
  disconnect(close: boolean): unknown;
}
type Reply = (answer: AnswerTo<DeviceMessage, Buffer>) => void;

export interface Listening {
  readonly connection: DeviceConnection;
  readonly limits: FloodLimits;
  /** Counts a refusal that never reached the run. */
  readonly count: (code: RefusalCode) => void;
  /** Whether the device takes what it is sent: until it does, it gets no more. */
  readonly isTaking: () => boolean;
  /** False: its address joins too fast, and it is to try later. */
  readonly mayJoin: () => boolean;
  readonly faults: FaultLog;
  /** Milliseconds, monotonic. */
  readonly nowMs: () => number;
}

export function listenTo(
  socket: HeardSocket,
  { connection, limits, count, isTaking, mayJoin, faults, nowMs }: Listening,
): void {
  const bucket = createTokenBucket(limits);
  const patience = createPatience(limits);

  /** To be called for each refusal, once it is acknowledged. */
  function bear({ code, message }: Refusal): void {
    if (patience.bear(code, nowMs())) return;
    connection.end(
      createRefusal('flood', `too many messages were refused; the last one as ${code}: ${message}`),
    );
  }

  function receive(event: string, args: readonly unknown[], reply: Reply): void {
    if (!isTaking()) throw new ProtocolError('flood', 'what was sent before has not been taken yet');
    if (event === 'join' && !mayJoin()) {
      // A refusal would stop an honest device for good; without one it comes again by itself.
      count('flood');
      socket.disconnect(true);
      return;
    }
    connection.receive(event, args, reply);
  }

  function hear(name: unknown, args: readonly unknown[]): void {
    // The transport lets numbers through as names.
    const event = String(name);
    const last = args.at(-1);
    const acknowledge = typeof last === 'function' ? (last as Reply) : null;
    const refuse = (refusal: Refusal): void => {
      count(refusal.code);
      acknowledge?.(refusal);
      bear(refusal);
    };
    if (!bucket.take(nowMs()))
      return refuse(createRefusal('flood', `more than ${limits.perSecond} messages a second`));
    if (acknowledge === null)
      return refuse(createRefusal('malformed', `${event.slice(0, 50)}: must ask for an acknowledgement`));
    try {
      receive(event, args.slice(0, -1), (answer) => {
        acknowledge(answer);
        if (!answer.ok) bear(answer);
      });
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      refuse(createRefusal(error.code, error.message, error.details));
    }
  }

  // No packet of Socket.IO: the connection is closed, and nothing can be answered. A device may also send an "error".
  socket.on('error', (error: unknown) => {
    if (error instanceof Error) count('malformed');
  });
  socket.onAny((name: unknown, ...args: unknown[]) => {
    try {
      hear(name, args);
    } catch (error) {
      connection.fault(error);
    }
  });
  socket.on('disconnect', () => {
    try {
      connection.lost();
    } catch (error) {
      faults.report('a lost connection', error);
    }
  });
}
