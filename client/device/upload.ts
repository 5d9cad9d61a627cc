// Uploading what an assignment has brought, until it is answered or the connection is lost. Knows the wire's encoding of an
// update; nothing of the arena, and not what follows from an answer.

import type { Answer, Assignment, UpdateAnswer } from '../../shared/contract/messages.ts';
import type { Backoff } from './backoff.ts';
import type { ShownState } from './deviceParts.ts';
import type { Outcome } from './performWork.ts';
import type { Session } from './session.ts';

/** An assignment taken, from its blocks to the answer to what it has brought. */
export interface Work {
  readonly assignment: Assignment;
  readonly abort: AbortController;
  /** Set when the delta is ready, or the probe has been made. */
  outcome: Outcome | null;
  /** Once it has been sent: resolves when it is answered, or will not be on this connection. */
  answered?: Promise<Answer<UpdateAnswer> | null>;
}

type DeltaCodec = typeof import('../../shared/contract/deltaCodec.ts');

/** The code that encodes an update, which no device needs before its first step. */
export function fetchDeltaCodec(): Promise<DeltaCodec> {
  return import('../../shared/contract/deltaCodec.ts');
}

/** What was answered, and what of the delta has not travelled with it (`topK`): a view inside the arena. */
export type Heard = (answer: Answer<UpdateAnswer>, unsent: Float32Array | null) => Promise<void>;

/**
 * The function that sends the outcome of work, the same bytes each time, and again where it was refused at the door. `heard`
 * is called in the very turn that brings the answer, as the next assignment may come in the same packet; never for work that
 * was given up meanwhile or when the connection is lost. Nothing is sent while something is on its way, or without a
 * connection. `isInHand`: whether this is the work that the device is at; `noteMissingCode` is called each time that the code for
 * the encoding could not be had.
 */
export function createUpload(
  session: Pick<Session, 'request'>,
  backoff: Backoff,
  shown: ShownState,
  isInHand: (work: Work) => boolean,
  noteMissingCode: () => Promise<void>,
): (work: Work, heard: Heard) => Promise<void> {
  let isUnderWay = false;
  let codec: DeltaCodec | null = null;

  return async function send(work, heard) {
    const { outcome } = work;
    if (!outcome || isUnderWay || !isInHand(work) || !shown.state.connected) return;
    const { encoding, seed } = work.assignment;
    shown.show({ phase: 'uploading' });
    isUnderWay = true;
    if (outcome.delta && !codec) {
      codec = await fetchDeltaCodec().catch(() => null);
      if (!codec) {
        await noteMissingCode();
        await backoff.wait();
      }
      // Meanwhile the work may have been given up, or the connection lost.
      isUnderWay = false;
      return send(work, heard);
    }
    const message = outcome.delta && codec!.encodeDelta(outcome.delta, outcome.sizes, encoding, seed);
    work.answered = outcome.delta
      ? session.request('update', outcome.header, message!.buffer)
      : session.request('probe', outcome.header);
    const answer = await work.answered;
    isUnderWay = false;
    if (!answer || !isInHand(work)) return;
    if (!answer.ok && (answer.code === 'flood' || answer.code === 'internal')) {
      // Refused at the door, before the run has seen it: it is still wanted.
      await backoff.wait();
      return send(work, heard);
    }
    const isPart = answer.ok && outcome.delta && encoding.kind === 'topK';
    if (isPart) codec!.subtractSent(outcome.delta, message!, outcome.sizes, encoding);
    await heard(answer, isPart ? outcome.delta : null);
  };
}
