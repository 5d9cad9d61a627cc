// Five hundred random lives of a device: whatever is told in whatever order, nothing is done twice, nothing is forgotten, and in the
// end it works on.

import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type {
  Answer,
  Assignment,
  BlockHeader,
  Refusal,
  RefusalCode,
  UpdateAnswer,
} from '../contract/messages.ts';
import { arrived, begun, lacksBlocks, nothingHeld } from './holdings.ts';
import { takeTurn } from './takeTurn.ts';
import {
  initialTurns,
  type Brought,
  type TurnStage,
  type TurnEffect,
  type TurnEvent,
  type TurnState,
} from './turnState.ts';

const NUM_LIVES = 500;
const SEED = 20_261_130;
const NUM_TENSORS = 3;
const ANY = ['float32', 'float32', 'float32'] as const;

type Asked = Extract<TurnEffect, { readonly ticket: number }>;
/** In these something is being done for the device, and told when it is. */
const WAITS_FOR: Readonly<Record<TurnStage, Asked['kind'] | null>> = {
  idle: null,
  fetching: 'fetchShard',
  declaring: 'declareBudget',
  toAsk: null,
  asking: 'ask',
  askingLater: 'wait',
  ready: null,
  preparing: 'prepare',
  training: 'work',
  toSend: null,
  encoding: 'encode',
  sending: 'send',
  sendingLater: 'wait',
};

type Action =
  | { readonly kind: 'lose' | 'join' | 'joinAnew' | 'budget' | 'stop' | 'rest' | 'goOn' }
  | { readonly kind: 'hold'; readonly isHeld: boolean }
  /** What is under way ends, the newest first for 0; `luck` says how. */
  | { readonly kind: 'end'; readonly which: number; readonly luck: number }
  | { readonly kind: 'assign'; readonly brings: number; readonly isProbe: boolean; readonly isTopK: boolean };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat(2), luck: fc.nat(99) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('assign' as const),
      brings: fc.nat(7),
      isProbe: fc.boolean(),
      isTopK: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('lose' as const, 'join' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('hold' as const), isHeld: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'joinAnew' as const,
        'budget' as const,
        'stop' as const,
        'rest' as const,
        'goOn' as const,
      ),
    }),
  },
);

/** The device, and all that is around it. */
class Life {
  readonly state: TurnState = initialTurns();
  /** What is being done for it. */
  underWay: Asked[] = [];
  readonly unanswered = new Set<number>();
  isConnected = false;
  isJoined = false;
  /** What the server holds the device to. */
  open = '';
  numAssigned = 0;
  numAccepted = 0;
  readonly sent: string[] = [];

  tell(event: TurnEvent): void {
    const isStale = 'ticket' in event && event.ticket !== this.state.ticket;
    const before = isStale ? structuredClone(this.state) : null;
    const effects = takeTurn(this.state, event);
    if (before) expect([effects, this.state]).toEqual([[], before]);
    for (const effect of effects) this.carryOut(effect);
    this.check();
  }

  private carryOut(effect: TurnEffect): void {
    const { state } = this;
    if ('ticket' in effect) this.underWay.push(effect);
    switch (effect.kind) {
      case 'ask':
        expect(state).toMatchObject({
          isConnected: true,
          isHeld: false,
          rest: 'none',
          hasShard: true,
          work: null,
        });
        this.open = '';
        return;
      case 'fetchShard':
      case 'declareBudget':
        return expect(state.isConnected).toBe(true);
      case 'answerOffer':
        return expect(this.unanswered.delete(effect.offer)).toBe(true);
      case 'prepare':
      case 'work':
        expect(effect.kind === 'work' && lacksBlocks(state.holdings)).toBe(false);
        expect(state.rest).toBe('none');
        return expect(effect.assignment).toBe(state.work?.assignment);
      case 'abort':
        return expect(this.underWay.some(({ kind }) => kind === 'work')).toBe(true);
      case 'send':
        expect(state.isConnected).toBe(true);
        expect(effect.work.brought).not.toBe(null);
        this.sent.push(effect.work.assignment.assignmentId);
        return;
      case 'wait':
        expect(effect.ms).toBeGreaterThanOrEqual(250);
        return expect(effect.ms).toBeLessThanOrEqual(10_000);
      case 'accepted':
        this.numAccepted++;
        return expect(this.sent).toContain(effect.work.assignment.assignmentId);
      case 'refused':
        // As a tab does, which joins no more by itself.
        this.isConnected = this.isJoined = false;
        return this.tell({ kind: 'stopped' });
      default:
    }
  }

  /** Exactly what the stage waits for is under way, once; offers are open no longer than they are thought of. */
  private check(): void {
    const { stage, ticket, work } = this.state;
    const wanted = this.underWay.filter((effect) => effect.ticket === ticket).map(({ kind }) => kind);
    const found = [String(wanted), work !== null, work?.brought != null, [...this.unanswered].join()];
    const isSending = /toSend|encoding|sending/.test(stage);
    const offer = stage === 'preparing' ? String(work?.offer) : '';
    const right = [WAITS_FOR[stage] ?? '', isSending || /preparing|training/.test(stage), isSending, offer];
    // Plain, as it is looked at so often.
    if (String(found) !== String(right)) expect([stage, found]).toEqual([stage, right]);
  }

  join(isAnew: boolean): void {
    if (this.isConnected) return;
    const isResumed = this.isJoined && !isAnew;
    if (!isResumed) this.open = '';
    this.isConnected = this.isJoined = true;
    this.tell({ kind: 'joined', isResumed, openAssignment: this.open, numTensors: NUM_TENSORS });
  }

  /** Those under way whose answers are lost with the connection are told so by its end. */
  lose(): void {
    if (!this.isConnected) return;
    this.isConnected = false;
    this.tell({ kind: 'lost' });
  }

  assign(brings: number, isProbe: boolean, isTopK: boolean): void {
    if (!this.isConnected) return;
    const offer = ++this.numAssigned;
    const blocks = [0, 1, 2].flatMap((tensor): BlockHeader[] =>
      (brings >> tensor) & 1 ? [{ tensor, version: offer, precision: 'float32', part: 'whole' }] : [],
    );
    const assignment: Assignment = {
      assignmentId: `a${offer}`,
      baseVersion: 0,
      scheme: { entries: [] },
      localWork: { batch: 1, epochs: 1, maxSteps: 1, learningRate: 1 },
      ...(isProbe && { probe: { numBatches: 2 } }),
      seed: 1,
      encoding: isTopK ? { kind: 'topK', share: 0.1 } : { kind: 'float32' },
      blocks,
    };
    this.open = assignment.assignmentId;
    this.unanswered.add(offer);
    this.tell({ kind: 'assigned', offer, assignment });
  }

  /** Luck of 0: all goes well. */
  end(effect: Asked, luck: number): void {
    const { ticket } = effect;
    this.underWay = this.underWay.filter((other) => other !== effect);
    const isLost = !this.isConnected;
    switch (effect.kind) {
      case 'fetchShard':
      case 'declareBudget':
      case 'ask':
        return this.tell({ kind: 'answered', ticket, answer: isLost ? null : answerOf({ ok: true }, luck) });
      case 'prepare': {
        const { state } = this;
        const { assignment } = effect;
        if (luck % 5 === 4) state.holdings = nothingHeld(NUM_TENSORS);
        state.holdings = begun(state.holdings, assignment, [2]);
        state.holdings = arrived(state.holdings, assignment.blocks, ANY);
        return this.tell({ kind: 'prepared', ticket, isCodeMissing: luck > 95 });
      }
      case 'work': {
        const isDone: Brought = effect.assignment.probe ? 'probe' : 'update';
        const failures = ['nothing', 'diverged', 'noArena'] as const;
        return this.tell({ kind: 'worked', ticket, brought: failures[luck - 80] ?? isDone });
      }
      case 'encode':
        return this.tell({ kind: 'encoded', ticket, isCodeMissing: luck > 90 });
      case 'send': {
        const heard = answerOf<UpdateAnswer>({ ok: true, version: 1, staleness: 0, duplicate: false }, luck);
        const isOpen = this.open === effect.work.assignment.assignmentId;
        if (isOpen && !isLost && (heard?.ok || heard?.version)) this.open = '';
        return this.tell({ kind: 'acknowledged', ticket, answer: isLost ? null : heard });
      }
      case 'wait':
        return this.tell({ kind: 'waited', ticket });
      default:
        throw new Error(`${JSON.stringify(effect satisfies never)}`);
    }
  }

  live(action: Action): void {
    switch (action.kind) {
      case 'lose':
        return this.lose();
      case 'join':
      case 'joinAnew':
        return this.join(action.kind === 'joinAnew');
      case 'budget':
        return this.tell({ kind: 'budgetChanged' });
      case 'stop':
        this.isConnected = this.isJoined = false;
        return this.tell({ kind: 'stopped' });
      case 'rest':
        return this.tell({ kind: 'rested' });
      case 'goOn':
        return this.tell({ kind: 'wentOn' });
      case 'hold':
        return this.tell({ kind: 'held', isHeld: action.isHeld });
      case 'end': {
        const effect = this.underWay.at(-1 - action.which);
        return effect && this.end(effect, action.luck);
      }
      case 'assign':
        return this.assign(action.brings, action.isProbe, action.isTopK);
      default:
        throw new Error(`${JSON.stringify(action satisfies never)}`);
    }
  }

  /** All goes well from now on. */
  endWell(): void {
    for (let turn = 0; this.underWay.length > 0; turn++) {
      expect(turn).toBeLessThan(100);
      this.end(this.underWay[0]!, 0);
    }
  }
}

function refusal(code: RefusalCode, version?: number): Refusal {
  return { ok: false, code, message: '', ...(version !== undefined && { version }) };
}

/** Null: the connection is lost before it comes. */
function answerOf<T>(good: Answer<T>, luck: number): Answer<T> | null {
  const failures = [
    null,
    refusal('flood'),
    refusal('internal'),
    refusal('stale', 7),
    refusal('leaseExpired', 7),
    refusal('outOfOrder'),
    refusal('removed'),
  ];
  return luck < 80 ? good : (failures[luck - 80] ?? good);
}

test('whatever happens to it, a device does one thing at a time, answers each offer once, and works on in the end', () => {
  fc.assert(
    fc.property(fc.array(action, { minLength: 5, maxLength: 80, size: 'max' }), (actions) => {
      const life = new Life();
      life.join(true);
      for (const each of actions) life.live(each);
      life.live({ kind: 'hold', isHeld: false });
      life.live({ kind: 'goOn' });
      life.join(false);
      life.endWell();
      expect(life.state.stage).toBe('ready');
      const before = life.numAccepted;
      life.assign(7, false, false);
      life.endWell();
      expect(life.numAccepted).toBe(before + 1);
      expect(life.state).toMatchObject({ stage: 'ready', work: null, delayMs: 250 });
    }),
    { numRuns: NUM_LIVES, seed: SEED },
  );
});
