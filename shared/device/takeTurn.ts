// A device's turns in a run as a deterministic state machine: event in, effects out. It asks for work, takes an assignment, does
// it, sends what that has brought, asks again. Knows nothing of sockets, arenas, clocks or pages: a tab's Worker and a simulation
// carry the effects out.
//
// Safety: what was trained stays in the arena until it is answered. Liveness: whoever is connected, not held and has neither work
// nor an answer of the run's to an update (which counts as asking) asks.

import type { Answer, Refusal, UpdateAnswer } from '../contract/messages.ts';
import { isFinalRefusal } from './isFinalRefusal.ts';
import { lacksBlocks, nothingHeld, type Holdings } from './holdings.ts';
import {
  FIRST_DELAY_MS,
  isAside,
  type Brought,
  type TurnStage,
  type TurnEffect,
  type TurnEvent,
  type TurnState,
} from './turnState.ts';

const LONGEST_DELAY_MS = 10_000;

type Ticketed = Extract<TurnEffect, { readonly ticket: number }>;
/** One by one, as a union. */
type Unticketed = Ticketed extends infer E ? (E extends Ticketed ? Omit<E, 'ticket'> : never) : never;

/** Takes in one event: changes the state and returns what follows from it, in order. */
export function takeTurn(state: TurnState, event: TurnEvent): TurnEffect[] {
  const effects: TurnEffect[] = [];
  if ('ticket' in event && event.ticket !== state.ticket) return effects;
  takeIn(event);
  if (state.rest === 'due' && state.stage !== 'sending') rest();
  return effects;

  function takeIn(event: TurnEvent): void {
    switch (event.kind) {
      case 'joined':
        return joined(event);
      case 'lost':
        return lose();
      case 'assigned':
        return assigned(event);
      case 'prepared':
        return prepared(event.isCodeMissing);
      case 'worked':
        return worked(event.brought);
      case 'encoded':
        return event.isCodeMissing ? wait('sendingLater') : sendNow();
      case 'answered':
        return answered(event.answer);
      case 'acknowledged':
        return acknowledged(event.answer);
      case 'waited':
        return state.work ? send() : ask();
      case 'budgetChanged':
        giveUp();
        return state.isConnected ? want('declaring', { kind: 'declareBudget' }) : enter('idle');
      case 'held':
        state.isHeld = event.isHeld;
        return goOn();
      case 'rested':
        state.rest = 'due';
        return;
      case 'wentOn':
        state.rest = 'none';
        return goOn();
      case 'stopped':
        lose();
        giveUp();
        return enter('idle');
      default:
        throw new Error(`internal: event ${JSON.stringify(event satisfies never)}`);
    }
  }

  /** All that was begun before is of no interest any more. */
  function enter(stage: TurnStage): void {
    state.stage = stage;
    state.ticket++;
  }

  /** Goes on when what is wanted has come. */
  function want(stage: TurnStage, effect: Unticketed): void {
    enter(stage);
    effects.push({ ...effect, ticket: state.ticket });
  }

  function hold(change: Partial<Holdings>): void {
    state.holdings = { ...state.holdings, ...change };
  }

  function joined({ isResumed, openAssignment, numTensors }: Extract<TurnEvent, { kind: 'joined' }>): void {
    lose();
    state.isConnected = true;
    state.delayMs = FIRST_DELAY_MS;
    if (!isResumed || state.holdings.held.length !== numTensors) {
      giveUp();
      state.holdings = nothingHeld(numTensors);
      if (!isResumed) state.hasShard = false;
      effects.push({ kind: 'clearArena' });
    }
    const { work } = state;
    const isOpen = work?.assignment.assignmentId === openAssignment;
    if (work?.brought) {
      // It may have been taken in already and the next one given, and neither the answer nor that one have come.
      state.work = { ...work, holdsOther: !isOpen && openAssignment !== '' };
      send();
    } else if (!work || !isOpen) {
      giveUp();
      ask();
    }
  }

  /** Local work goes on without a connection. */
  function lose(): void {
    state.isConnected = false;
    if (state.work?.brought) enter('toSend');
    else if (!state.work) enter(state.hasShard ? 'toAsk' : 'idle');
  }

  function giveUp(): void {
    const { work, stage } = state;
    if (!work) return;
    state.work = null;
    if (stage === 'preparing') effects.push({ kind: 'answerOffer', offer: work.offer, isTaken: false });
    if (stage !== 'training') return;
    effects.push({ kind: 'abort' });
    hold({ hasMoved: true });
  }

  function ask(): void {
    state.work = null;
    if (state.isConnected && !state.hasShard) {
      return want('fetching', { kind: 'fetchShard' });
    }
    if (!state.isConnected || state.isHeld || state.rest !== 'none') return enter('toAsk');
    want('asking', { kind: 'ask', hasDiverged: state.hasDiverged });
  }

  function goOn(): void {
    if (state.stage === 'toAsk') ask();
  }

  function wait(stage: 'askingLater' | 'sendingLater'): void {
    want(stage, { kind: 'wait', ms: state.delayMs });
    state.delayMs = Math.min(LONGEST_DELAY_MS, 2 * state.delayMs);
  }

  function askLater(): void {
    state.work = null;
    wait('askingLater');
  }

  function assigned({ offer, assignment }: Extract<TurnEvent, { kind: 'assigned' }>): void {
    if (isAside(state.stage) || state.rest !== 'none') {
      effects.push({ kind: 'answerOffer', offer, isTaken: false });
      return;
    }
    giveUp();
    // Of what was given up.
    state.hasDiverged = false;
    state.work = { assignment, offer, brought: null, holdsOther: false };
    want('preparing', { kind: 'prepare', assignment, offer });
  }

  function prepared(isCodeMissing: boolean): void {
    const { assignment, offer } = state.work!;
    const isTaken = !isCodeMissing && !lacksBlocks(state.holdings);
    effects.push({ kind: 'answerOffer', offer, isTaken });
    if (isCodeMissing) return askLater();
    // `holdings` says what the new arena lacks, and the next assignment brings it.
    if (!isTaken) return ask();
    const carriesUnsent = state.holdings.hasUnsent && !assignment.probe;
    hold({ hasUnsent: false });
    want('training', { kind: 'work', assignment, carriesUnsent });
  }

  function worked(brought: Brought): void {
    switch (brought) {
      case 'update':
      case 'probe':
        hold({ hasMoved: true });
        state.work = { ...state.work!, brought };
        return send();
      case 'nothing':
        hold({ hasMoved: true });
        return askLater();
      case 'diverged':
        // The arena holds the parameters that came, so none is fetched again.
        state.hasDiverged = true;
        return askLater();
      case 'noArena':
        state.holdings = nothingHeld(state.holdings.held.length);
        return ask();
      default:
        throw new Error(`internal: work that brought ${brought satisfies never}`);
    }
  }

  function send(): void {
    const { brought, assignment } = state.work!;
    if (!state.isConnected) return enter('toSend');
    if (brought === 'probe') return sendNow();
    want('encoding', { kind: 'encode', assignment });
  }

  function sendNow(): void {
    want('sending', { kind: 'send', work: state.work! });
  }

  function answered(answer: Answer<object> | null): void {
    if (!answer) return lose();
    const { stage } = state;
    if (stage === 'fetching') state.hasShard = answer.ok;
    if (stage === 'asking') {
      state.hasDiverged = false;
      if (answer.ok) return enter('ready');
      if (!isFinalRefusal(answer)) return askLater();
    }
    return answer.ok ? ask() : refused(answer);
  }

  function acknowledged(answer: Answer<UpdateAnswer> | null): void {
    if (!answer) return lose();
    // Refused at the door, before the run has seen it: it is still wanted.
    if (!answer.ok && (answer.code === 'flood' || answer.code === 'internal')) return wait('sendingLater');
    // An answer of the run's, a refusal too, counts as asking.
    const isOfRun = answer.version !== undefined;
    if (!answer.ok && !isOfRun && isFinalRefusal(answer)) return refused(answer);
    const work = state.work!;
    state.work = null;
    if (answer.ok) {
      const keepsUnsent = work.brought === 'update' && work.assignment.encoding.kind === 'topK';
      hold({ hasUnsent: keepsUnsent });
      state.delayMs = FIRST_DELAY_MS;
      effects.push({ kind: 'accepted', work, answer, keepsUnsent });
    } else {
      effects.push({ kind: 'rejected', work, refusal: answer });
    }
    if (!isOfRun) askLater();
    else if (work.holdsOther) ask();
    else enter('ready');
  }

  function refused(refusal: Refusal): void {
    giveUp();
    enter('idle');
    effects.push({ kind: 'refused', refusal });
  }

  /** Whatever is under way makes way, but for an update that waits for its answer. */
  function rest(): void {
    giveUp();
    if (!isAside(state.stage)) enter('toAsk');
    state.holdings = nothingHeld(state.holdings.held.length);
    state.rest = 'on';
    effects.push({ kind: 'clearArena' });
  }
}
