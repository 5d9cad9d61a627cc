// What each message of a device leads to, as types: one handler a message of the contract, which parses what came and gives
// the answer, or the event whose effects tell it. Knows nothing of sockets.

import type { AnswerTo, DeviceMessage } from '../../shared/contract/messages.ts';
import type { Effect } from '../../shared/federation/events.ts';
import type { UntimedEvent } from '../store/durableCoordinator.ts';

/** An answer at once, or one that is given when the event, and all that it leads to, is durable. */
export type Handled<M extends DeviceMessage> = AnswerTo<M, Buffer> | AnswerWhenDurable<M>;

export interface AnswerWhenDurable<M extends DeviceMessage> {
  readonly event: UntimedEvent;
  readonly answer: (effects: readonly Effect[]) => AnswerTo<M, Buffer>;
}

/** `carried`: as it came, without the acknowledgement. They throw ProtocolError for what the device did wrong. */
export type DeviceHandlers = {
  readonly [M in DeviceMessage]: (...carried: readonly unknown[]) => Handled<M>;
};
