// What the contract promises, held by the type checker alone (`npm run check`): what stands below an `@ts-expect-error` must not
// compile. Nothing here ever runs.

import type { Admin } from '../client/dashboard/admin.ts';
import type { Session } from '../client/device/session.ts';
import type { SteerParsers } from '../server/http/admin/steerCommand.ts';
import type { DeviceHandlers } from '../server/gateway/deviceHandlers.ts';
import type { DeviceSocket } from '../server/gateway/gateway.ts';
import type { ServerMessages, ServerToDevice } from '../shared/contract/messages.ts';

/** Compiles where what is given does for what is wanted. */
type Fits<Wanted, Given extends Wanted> = Given;
type With<Whole, Part> = Omit<Whole, keyof Part> & Part;

type Handlers<Part> = With<DeviceHandlers, Part>;
interface Forgetful {
  readonly event: { readonly kind: 'clockAdvanced' };
}

export type AllHandlers = Fits<DeviceHandlers, Handlers<{ leave: () => { ok: true } }>>;
// @ts-expect-error: a message without a handler
export type MissingHandler = Fits<DeviceHandlers, Omit<DeviceHandlers, 'leave'>>;
// @ts-expect-error: a handler that gives the answer to another message
export type OtherAnswer = Fits<DeviceHandlers, Handlers<{ update: DeviceHandlers['leave'] }>>;
// @ts-expect-error: a handler that never answers
export type NoAnswer = Fits<DeviceHandlers, Handlers<{ leave: () => void }>>;
// @ts-expect-error: an event of whose effects no answer is made
export type NoLaterAnswer = Fits<DeviceHandlers, Handlers<{ leave: () => Forgetful }>>;
// @ts-expect-error: a handler that takes it as parsed that a budget is a number
export type Unparsed = Fits<DeviceHandlers, Handlers<{ budget: (bytes: number) => { ok: true } }>>;

export const answers = {
  leave: () => ({ ok: true }),
  // @ts-expect-error: a refusal without its code
  ready: () => ({ ok: false, message: '' }),
  // @ts-expect-error: less than the contract says
  update: () => ({ ok: true, version: 1, staleness: 0 }),
} satisfies Partial<DeviceHandlers>;
// @ts-expect-error: a message that there is not
export const unknownMessage = { hello: () => ({ ok: true }) } satisfies Partial<DeviceHandlers>;

export async function device(session: Session): Promise<void> {
  const answer = await session.request('ready', { held: [0] });
  // @ts-expect-error: an answer that has not come, as the connection is gone, and may be a refusal
  void answer.ok;
  const taken = await session.request('probe', { assignmentId: 'a', product: 1, samples: 2, held: [0] });
  if (taken?.ok) void taken.staleness;
  // @ts-expect-error: a refusal has none
  else void taken?.staleness;
  // @ts-expect-error: a message that there is not
  void session.request('hello');
  // @ts-expect-error: an update without its delta
  void session.request('update', {} as Parameters<typeof session.request<'update'>>[1]);
  // @ts-expect-error: a budget that is no number
  void session.request('budget', '4 MB');
  // @ts-expect-error: a session joins by itself
  void session.request('join');
}

// @ts-expect-error: a message of the server that the device does not hear
export type Unheard = Fits<ServerToDevice, Omit<ServerToDevice, 'pace'>>;
export type AllHeard = Fits<keyof ServerMessages, keyof ServerToDevice>;

export function server(socket: DeviceSocket): void {
  socket.emit('pace', { slowdown: 1, isPaused: false });
  // @ts-expect-error: a pace that does not say whether it pauses
  socket.emit('pace', { slowdown: 1 });
  // @ts-expect-error: an assignment without its blocks
  socket.emit('assignment', {} as ServerMessages['assignment']['carries'][0], () => {});
  // @ts-expect-error: what is never answered
  socket.emit('ended', { ok: false, code: 'moved', message: '' }, () => {});
  // @ts-expect-error: a refusal of a code that there is not
  socket.emit('ended', { ok: false, code: 'tired', message: '' });
}

// @ts-expect-error: a command without a parser
export type MissingParser = Fits<SteerParsers, Omit<SteerParsers, 'exempt'>>;
// @ts-expect-error: a parser of another command
export type OtherParser = Fits<SteerParsers, With<SteerParsers, { end: SteerParsers['pause'] }>>;

export function desk(admin: Admin): void {
  void admin.steer({ kind: 'settings', learningRate: 0.1 });
  // @ts-expect-error: a command that there is not
  void admin.steer({ kind: 'rest' });
  // @ts-expect-error: less than the command says
  void admin.steer({ kind: 'exempt', deviceId: 'd1' });
  // @ts-expect-error: a setting that there is not
  void admin.steer({ kind: 'settings', speed: 1 });
  // @ts-expect-error: a setting of another type
  void admin.steer({ kind: 'settings', learningRate: '0.1' });
}
