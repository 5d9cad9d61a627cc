// What a device's turns go through, what it is told, and what is to be done for it: data only.
//
//     joined -> [fetching] -> asking -> ready -> preparing -> training -> encoding -> sending -> ready -> ...
//                               ^  refused, diverged, code missing: later  |            ^  refused at the door: later
//
// Whatever an effect asks for is told under the effect's ticket. Each stage has a ticket of its own, and the state knows but
// one: what is told under another is of no interest any more, and an effect with another need not be carried out any more.

import type { Answer, Assignment, Refusal, UpdateAnswer } from '../contract/messages.ts';
import { nothingHeld, type Holdings } from './holdings.ts';

/**
 * - `idle`: nothing is wanted: not joined, or over
 * - `fetching`: its samples
 * - `declaring`: another budget; until that is answered, assignments are for the old one
 * - `toAsk`: for work, as soon as it has a connection and nobody holds it
 * - `asking`, `ready`: asked, and heard
 * - `toSend`: as soon as it has a connection
 */
export type TurnStage =
  | 'idle'
  | 'fetching'
  | 'declaring'
  | 'toAsk'
  | 'asking'
  | 'askingLater'
  | 'ready'
  | 'preparing'
  | 'training'
  | 'toSend'
  | 'encoding'
  | 'sending'
  | 'sendingLater';

/** Whether assignments are not for it. */
export function isAside(stage: TurnStage): boolean {
  return stage === 'idle' || stage === 'fetching' || stage === 'declaring';
}

/** An assignment taken, until what it has brought is answered. */
export interface Work {
  readonly assignment: Assignment;
  /** By this the answer to the assignment is told. */
  readonly offer: number;
  readonly brought: 'update' | 'probe' | null;
  /** The server has given out another one, which never came here; asking for work gives that up. */
  readonly holdsOther: boolean;
}

/** Data, changed by `takeTurn` alone; `holdings` besides by who prepares an arena. */
export interface TurnState {
  stage: TurnStage;
  ticket: number;
  work: Work | null;
  holdings: Holdings;
  isConnected: boolean;
  hasShard: boolean;
  /** Work is not asked for. */
  isHeld: boolean;
  /** `due`: once the update on its way is answered. */
  rest: 'none' | 'due' | 'on';
  /** Since work was asked for last. */
  hasDiverged: boolean;
  /** The next wait before something is tried again. */
  delayMs: number;
}

export const FIRST_DELAY_MS = 250;

export function initialTurns(): TurnState {
  return {
    stage: 'idle',
    ticket: 0,
    work: null,
    holdings: nothingHeld(0),
    isConnected: false,
    hasShard: false,
    isHeld: false,
    rest: 'none',
    hasDiverged: false,
    delayMs: FIRST_DELAY_MS,
  };
}

export type TurnEvent =
  /** `openAssignment`: that the server holds this device to, '' if none. Not resumed: whatever is here is of another session. */
  | {
      readonly kind: 'joined';
      readonly isResumed: boolean;
      readonly openAssignment: string;
      readonly numTensors: number;
    }
  | { readonly kind: 'lost' }
  | { readonly kind: 'assigned'; readonly offer: number; readonly assignment: Assignment }
  /** The arena is there and the blocks are in it, as `holdings` says; or code that it needs cannot be had. */
  | { readonly kind: 'prepared'; readonly ticket: number; readonly isCodeMissing: boolean }
  | { readonly kind: 'worked'; readonly ticket: number; readonly brought: Brought }
  | { readonly kind: 'encoded'; readonly ticket: number; readonly isCodeMissing: boolean }
  /** To what was asked for or declared; null: the connection is gone. */
  | { readonly kind: 'answered'; readonly ticket: number; readonly answer: Answer<object> | null }
  /** To what was sent. */
  | { readonly kind: 'acknowledged'; readonly ticket: number; readonly answer: Answer<UpdateAnswer> | null }
  | { readonly kind: 'waited'; readonly ticket: number }
  | { readonly kind: 'budgetChanged' }
  | { readonly kind: 'held'; readonly isHeld: boolean }
  /** The arena has to make way for something else, until `wentOn`. */
  | { readonly kind: 'rested' | 'wentOn' }
  /** Nothing is wanted any more, until it has joined again. */
  | { readonly kind: 'stopped' };

/** `nothing`: a probe that cannot be made here; `noArena`: what it was in is gone. */
export type Brought = 'update' | 'probe' | 'nothing' | 'diverged' | 'noArena';

export type TurnEffect =
  | { readonly kind: 'fetchShard'; readonly ticket: number }
  | { readonly kind: 'declareBudget'; readonly ticket: number }
  /** Tells what it holds, by `holdings`. */
  | { readonly kind: 'ask'; readonly ticket: number; readonly hasDiverged: boolean }
  | { readonly kind: 'answerOffer'; readonly offer: number; readonly isTaken: boolean }
  /** Loads the blocks and brings `holdings` up to date. */
  | {
      readonly kind: 'prepare';
      readonly ticket: number;
      readonly assignment: Assignment;
      readonly offer: number;
    }
  /** Local steps, or a probe. `carriesUnsent`: added to the base is what has not travelled of the last update. */
  | {
      readonly kind: 'work';
      readonly ticket: number;
      readonly assignment: Assignment;
      readonly carriesUnsent: boolean;
    }
  /** Local steps go no further. */
  | { readonly kind: 'abort' }
  | { readonly kind: 'encode'; readonly ticket: number; readonly assignment: Assignment }
  /** The same each time that it is sent. */
  | { readonly kind: 'send'; readonly ticket: number; readonly work: Work }
  | { readonly kind: 'wait'; readonly ticket: number; readonly ms: number }
  | { readonly kind: 'clearArena' }
  /** The run has taken it in. `keepsUnsent`: what has not travelled is for the next update. */
  | {
      readonly kind: 'accepted';
      readonly work: Work;
      readonly answer: UpdateAnswer;
      readonly keepsUnsent: boolean;
    }
  | { readonly kind: 'rejected'; readonly work: Work; readonly refusal: Refusal }
  /** The server wants nothing more of this device as it is. */
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Whether it need still be carried out. */
export function isWanted(state: TurnState, effect: TurnEffect): boolean {
  return !('ticket' in effect) || effect.ticket === state.ticket;
}
