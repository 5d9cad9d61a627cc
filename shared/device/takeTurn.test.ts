import { expect, test } from 'vitest';
import type { Assignment, Refusal, UpdateAnswer } from '../contract/messages.ts';
import { arrived, begun } from './holdings.ts';
import { takeTurn } from './takeTurn.ts';
import { initialTurns, type TurnEffect, type TurnEvent, type TurnState } from './turnState.ts';

const ACCEPTED: UpdateAnswer & { ok: true } = { ok: true, version: 3, staleness: 1, duplicate: false };
const OK = { ok: true } as const;
const refusal = (code: Refusal['code'], change: Partial<Refusal> = {}): Refusal => ({
  ok: false,
  code,
  message: '',
  ...change,
});

function assignmentOf(change: Partial<Assignment> = {}): Assignment {
  return {
    assignmentId: 'a1',
    baseVersion: 0,
    scheme: { entries: [] },
    localWork: { batch: 1, epochs: 1, maxSteps: 1, learningRate: 1 },
    seed: 1,
    encoding: { kind: 'float32' },
    blocks: [{ tensor: 0, version: 0, precision: 'float32', part: 'whole' }],
    ...change,
  };
}

/** Kinds of the effects; what is told for the state's own ticket needs none. */
function tell(state: TurnState, event: Omit<Extract<TurnEvent, { ticket: number }>, 'ticket'> | TurnEvent) {
  const effects = takeTurn(state, { ticket: state.ticket, ...event } as TurnEvent);
  return effects.map(({ kind }) => kind);
}

const JOINED: TurnEvent = { kind: 'joined', isResumed: false, openAssignment: '', numTensors: 1 };
const assigned = (assignment: Assignment): TurnEvent => ({ kind: 'assigned', offer: 1, assignment });
const told = (answer: object | null) => ({ kind: 'answered', answer }) as never;
const acknowledged = (answer: object | null) => ({ kind: 'acknowledged', answer }) as never;
const prepared = (isCodeMissing = false) => ({ kind: 'prepared', isCodeMissing }) as never;
const worked = (brought: string) => ({ kind: 'worked', brought }) as never;
const encoded = (isCodeMissing = false) => ({ kind: 'encoded', isCodeMissing }) as never;
const waited = { kind: 'waited' } as never;

function load(state: TurnState, { scheme, blocks }: Assignment): void {
  state.holdings = arrived(begun(state.holdings, { scheme, blocks }, [0]), blocks, ['float32']);
}

/** Its update, or what else it is to bring, is on its way. */
function sending(assignment = assignmentOf(), brought = 'update'): TurnState {
  const state = ready();
  tell(state, assigned(assignment));
  load(state, assignment);
  tell(state, prepared());
  tell(state, worked(brought));
  if (state.stage === 'encoding') tell(state, encoded());
  expect(state.stage).toBe(brought === 'diverged' ? 'askingLater' : 'sending');
  return state;
}

function ready(): TurnState {
  const state = initialTurns();
  expect(tell(state, JOINED)).toEqual(['clearArena', 'fetchShard']);
  expect(tell(state, told(OK))).toEqual(['ask']);
  expect(tell(state, told(OK))).toEqual([]);
  return state;
}

/** The last effect of an assignment that is prepared. */
function next(state: TurnState, assignment: Assignment): TurnEffect {
  tell(state, assigned(assignment));
  load(state, assignment);
  return takeTurn(state, { kind: 'prepared', ticket: state.ticket, isCodeMissing: false }).at(-1)!;
}

test('from joining to the second assignment', () => {
  const state = ready();
  const assignment = assignmentOf();
  expect(tell(state, assigned(assignment))).toEqual(['prepare']);
  load(state, assignment);
  expect(tell(state, prepared())).toEqual(['answerOffer', 'work']);
  expect(tell(state, worked('update'))).toEqual(['encode']);
  expect(tell(state, encoded())).toEqual(['send']);
  expect(tell(state, acknowledged(ACCEPTED))).toEqual(['accepted']);
  expect(state.stage).toBe('ready');
  expect(state.holdings).toMatchObject({ hasMoved: true, hasUnsent: false });
  expect(tell(state, assigned(assignment))).toEqual(['prepare']);
});

test('what lacks blocks, or code, is declined; blocks are asked for at once, code later', () => {
  const state = ready();
  const lacking = assignmentOf({ blocks: [] });
  tell(state, assigned(lacking));
  load(state, lacking);
  expect(tell(state, prepared())).toEqual(['answerOffer', 'ask']);
  tell(state, told(OK));
  tell(state, assigned(lacking));
  expect(tell(state, prepared(true))).toEqual(['answerOffer', 'wait']);
  expect(tell(state, waited)).toEqual(['ask']);
});

test('waits get ever longer up to ten seconds, until an update is accepted or a connection is made', () => {
  const state = sending();
  const waits: number[] = [];
  for (let time = 0; time < 8; time++) {
    const flooded = takeTurn(state, {
      ticket: state.ticket,
      ...(acknowledged(refusal('flood')) as object),
    } as TurnEvent);
    waits.push(...flooded.map((effect: TurnEffect) => (effect.kind === 'wait' ? effect.ms : -1)));
    expect(tell(state, waited)).toEqual(['encode']);
    expect(tell(state, encoded())).toEqual(['send']);
  }
  expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  tell(state, acknowledged(ACCEPTED));
  expect(state.delayMs).toBe(250);
});

test('work that diverged is told once, and nothing has moved', () => {
  const state = sending(assignmentOf(), 'diverged');
  expect(state.holdings.hasMoved).toBe(false);
  const [ask] = takeTurn(state, { kind: 'waited', ticket: state.ticket });
  expect(ask).toMatchObject({ kind: 'ask', hasDiverged: true });
  tell(state, told(refusal('flood')));
  expect(takeTurn(state, { kind: 'waited', ticket: state.ticket })[0]).toMatchObject({ hasDiverged: false });
});

test('an update without an answer is sent again after the next join, and what the server gave out after it is given up', () => {
  const state = sending();
  expect(tell(state, { kind: 'lost' })).toEqual([]);
  expect(state.stage).toBe('toSend');
  expect(tell(state, { ...JOINED, isResumed: true, openAssignment: 'a2' })).toEqual(['encode']);
  expect(tell(state, encoded())).toEqual(['send']);
  expect(tell(state, acknowledged(ACCEPTED))).toEqual(['accepted', 'ask']);
});

test('local steps go on without a connection, but for an assignment that is no longer open', () => {
  for (const [openAssignment, effects] of [
    ['a1', []],
    ['', ['abort', 'ask']],
  ] as const) {
    const state = ready();
    tell(state, assigned(assignmentOf()));
    load(state, assignmentOf());
    tell(state, prepared());
    expect(tell(state, { kind: 'lost' })).toEqual([]);
    expect(tell(state, { ...JOINED, isResumed: true, openAssignment })).toEqual(effects);
    expect(state.holdings.hasMoved).toBe(openAssignment === '');
  }
});

test('another session has nothing of the old one', () => {
  const state = sending();
  expect(tell(state, JOINED)).toEqual(['clearArena', 'fetchShard']);
  expect(state).toMatchObject({ work: null, hasShard: false, holdings: { held: [-1], hasMoved: false } });
});

test('what has not travelled is carried by the next update, not by a probe and not after a refusal', () => {
  const encoding = { kind: 'topK', share: 0.1 } as const;
  const carriedAfter = (answer: object, change: Partial<Assignment> = {}): TurnEffect => {
    const state = sending(assignmentOf({ encoding }));
    tell(state, acknowledged(answer));
    const effect = next(state, assignmentOf(change));
    expect(state.holdings.hasUnsent).toBe(false);
    return effect;
  };
  expect(carriedAfter(ACCEPTED)).toMatchObject({ kind: 'work', carriesUnsent: true });
  expect(carriedAfter(ACCEPTED, { probe: { numBatches: 2 } })).toMatchObject({ carriesUnsent: false });
  expect(carriedAfter(refusal('stale', { version: 4 }))).toMatchObject({ carriesUnsent: false });
});

test('a refusal of the run costs the update, one at the door an attempt, a final one the session', () => {
  expect(tell(sending(), acknowledged(refusal('stale', { version: 4 })))).toEqual(['rejected']);
  expect(tell(sending(), acknowledged(refusal('wrongLength')))).toEqual(['rejected', 'wait']);
  expect(tell(sending(), acknowledged(refusal('internal')))).toEqual(['wait']);
  const state = sending();
  expect(tell(state, acknowledged(refusal('removed')))).toEqual(['refused']);
  expect(state).toMatchObject({ stage: 'idle', work: null });
  expect(tell(state, assigned(assignmentOf()))).toEqual(['answerOffer']);
});

test('who is held asks for nothing, however often it joins, and asks once when it is let go', () => {
  const state = initialTurns();
  tell(state, { kind: 'held', isHeld: true });
  tell(state, JOINED);
  expect(tell(state, told(OK))).toEqual([]);
  for (let time = 0; time < 3; time++) expect(tell(state, { ...JOINED, isResumed: true })).toEqual([]);
  expect(tell(state, { kind: 'held', isHeld: false })).toEqual(['ask']);
  expect(tell(state, { kind: 'held', isHeld: false })).toEqual([]);
});

test('who rests waits for the answer to an update, then clears the arena and takes no assignment', () => {
  const state = sending();
  expect(tell(state, { kind: 'rested' })).toEqual([]);
  expect(tell(state, acknowledged(ACCEPTED))).toEqual(['accepted', 'clearArena']);
  expect(tell(state, assigned(assignmentOf()))).toEqual(['answerOffer']);
  expect(tell(state, { kind: 'wentOn' })).toEqual(['ask']);
  const training = ready();
  tell(training, assigned(assignmentOf()));
  expect(tell(training, { kind: 'rested' })).toEqual(['answerOffer', 'clearArena']);
});

test('another budget gives up the work at hand; until the server knows it, no assignment is taken', () => {
  const state = sending();
  expect(tell(state, { kind: 'budgetChanged' })).toEqual(['declareBudget']);
  expect(tell(state, assigned(assignmentOf()))).toEqual(['answerOffer']);
  expect(tell(state, told(OK))).toEqual(['ask']);
  expect(tell(state, { kind: 'budgetChanged' })).toEqual(['declareBudget']);
  expect(tell(state, told(refusal('budgetTooSmall')))).toEqual(['refused']);
});
