// An honest device without an engine: it keeps to the protocol, and what it sends is made up. It reloads, loses its connection,
// comes back, and sends again what was not acknowledged.

import type {
  Answer,
  Assignment,
  Join,
  Joined,
  Refusal,
  RefusalCode,
  UpdateAnswer,
  UpdateHeader,
} from '../shared/contract/messages.ts';
import { LOAD_JOIN, loadHeader } from '../server/testing/loadDevice.ts';
import { TINY_TENSOR_SIZES } from '../server/testing/tinyTask.ts';
import type { Invariants } from './invariants.ts';
import type { Accept, Connection, Network } from './network.ts';
import { areBlocksOf, type Oracle } from './oracle.ts';
import type { ChaosWorld } from './world.ts';

export interface HonestDevice {
  readonly name: string;
  /** Updates of which it knows that they were taken in, or came too late for the run's settings. */
  readonly numDone: number;
  /** The page is loaded anew: what was not kept is gone. */
  reload(): void;
}

export interface DeviceWorld {
  readonly world: ChaosWorld;
  readonly network: Network;
  readonly accept: Accept;
  readonly oracle: Oracle;
  readonly invariants: Invariants;
}

const NUM_TENSORS = TINY_TENSOR_SIZES.length;
const NUM_PARAMETERS = TINY_TENSOR_SIZES.reduce((sum, size) => sum + size, 0);
const NOTHING: readonly number[] = TINY_TENSOR_SIZES.map(() => -1);
const AGAIN_MS = 600;
const MISSED_SHARE = 0.05;
const AWAY_MS = 4_000;
/** A connection on which nothing is heard for so long is given up. */
const SILENCE_MS = 12_000;
/** After these a device has nothing to do but to ask anew. */
const DROPS: ReadonlySet<RefusalCode> = new Set([
  'leaseExpired',
  'stale',
  'unknownAssignment',
  'foreignAssignment',
  'outOfOrder',
  'flood',
  'internal',
]);

interface Unsent {
  readonly header: UpdateHeader;
  readonly delta: ArrayBuffer;
}

/** `turnMs`: how long it trains. */
export function createHonestDevice(
  { world, network, accept, oracle, invariants }: DeviceWorld,
  name: string,
  turnMs: readonly [least: number, most: number],
): HonestDevice {
  let token = '';
  let held: readonly number[] = NOTHING;
  let connection: Connection | null = null;
  let training: string | null = null;
  let callOffTraining: (() => void) | null = null;
  let unsent: Unsent | null = null;
  let newest = '';
  let heardAtMs = 0;
  /** Of the page and the connection: what is of an older one is heard no more. */
  let era = 0;
  const done = new Set<string>();

  const join = (): Join => ({ ...LOAD_JOIN, token, device: { ...LOAD_JOIN.device, name } });

  function connect(): void {
    const mine = ++era;
    connection = null;
    const lost = (): void => {
      if (mine !== era) return;
      connection = null;
      world.after(world.between(AGAIN_MS / 2, AGAIN_MS), () => mine === era && connect());
    };
    const listener = {
      heard(event: string, carried: readonly unknown[], acknowledge: (answer: unknown) => void) {
        if (mine !== era) return;
        heardAtMs = world.nowMs;
        acknowledge({ ok: true });
        if (event === 'assignment') begin(carried[0] as Assignment, carried[1] as Uint8Array);
        if (event === 'ended') hearEnd(carried[0] as Refusal);
      },
      closed: lost,
    };
    network.connect(accept, listener, (opened) => {
      if (mine !== era) return opened.close();
      connection = opened;
      heardAtMs = world.nowMs;
      ask<Joined>('join', [join()], (answer) => joined(answer));
    });
  }

  /** The answer is heard unless the connection is gone meanwhile. */
  function ask<T>(name: string, carried: readonly unknown[], answered: (answer: Answer<T>) => void): void {
    const mine = era;
    connection?.say(name, carried, (answer) => {
      if (mine !== era) return;
      heardAtMs = world.nowMs;
      answered(answer as Answer<T>);
    });
  }

  function joined(answer: Answer<Joined>): void {
    if (!answer.ok) {
      if (answer.code === 'badToken') token = '';
      else expectHarmless('join', answer);
      return hangUp();
    }
    token = answer.token;
    if (!answer.resumed) {
      held = NOTHING;
      drop();
    }
    if (unsent) return send(unsent, answer.openAssignment);
    if (training === null || training !== answer.openAssignment) getReady();
  }

  function getReady(): void {
    drop();
    ask('ready', [{ held, moved: true }], (answer) => {
      if (!answer.ok) later('ready', answer);
    });
  }

  function begin(assignment: Assignment, bytes: Uint8Array): void {
    const { assignmentId, blocks, baseVersion } = assignment;
    // Said twice, or of before: what is newest is at work.
    if (assignmentId === newest || unsent?.header.assignmentId === assignmentId) return;
    const base = oracle.baseOf(assignmentId);
    if (base && !areBlocksOf(base, assignment, bytes))
      invariants.broken('baseIsRight', `${name} was not given version ${baseVersion} with ${assignmentId}`);
    drop();
    newest = assignmentId;
    training = assignmentId;
    held = held.map((version, tensor) => blocks.find((block) => block.tensor === tensor)?.version ?? version);
    if (held.includes(-1))
      invariants.broken('baseIsRight', `${name} lacks blocks for ${assignmentId}, and said so`);
    const values = Float32Array.from({ length: NUM_PARAMETERS }, () => world.random.normal() * 0.01);
    callOffTraining = world.after(world.between(...turnMs), () => {
      training = null;
      const header = { ...loadHeader(assignmentId, NUM_TENSORS), held, moved: true };
      unsent = { header, delta: values.buffer };
      send(unsent, assignmentId);
    });
  }

  /** The answer never came, and the device is away for a while: it sends the same again. */
  function missAnswer(): void {
    era++;
    connection?.close();
    connection = null;
    const mine = era;
    world.after(world.between(100, AWAY_MS), () => mine === era && connect());
  }

  /** `open`: what the server takes it to be at; after this one it is to ask for that anew. */
  function send(sent: Unsent, open: string): void {
    ask<UpdateAnswer>('update', [sent.header, sent.delta], (answer) => {
      if (answer.ok || answer.code === 'stale') done.add(sent.header.assignmentId);
      if (unsent !== sent) return;
      if (world.chance(MISSED_SHARE)) return missAnswer();
      if (answer.ok) {
        unsent = null;
        if (open !== '' && open !== sent.header.assignmentId && training === null) getReady();
        return;
      }
      unsent = null;
      if (training === null) later('update', answer);
    });
  }

  function later(what: string, refusal: Refusal): void {
    expectHarmless(what, refusal);
    const mine = era;
    world.after(AGAIN_MS, () => {
      if (mine === era && training === null && unsent === null) getReady();
    });
  }

  function hearEnd(refusal: Refusal): void {
    // Its own newer connection has taken over, or it is told so late that it is the newer one.
    if (refusal.code !== 'superseded') expectHarmless('the session', refusal);
  }

  function expectHarmless(what: string, { code, message }: Refusal): void {
    if (!DROPS.has(code) && code !== 'superseded')
      invariants.broken('honestGetWork', `${what} of ${name} is refused as ${code}: ${message}`);
  }

  function drop(): void {
    callOffTraining?.();
    training = null;
    unsent = null;
  }

  function hangUp(): void {
    connection?.close();
    connect();
  }

  function watch(): void {
    if (connection !== null && world.nowMs - heardAtMs > SILENCE_MS && training === null) {
      world.tell(name, 'hears nothing, and connects anew');
      hangUp();
    }
    world.after(SILENCE_MS / 4, watch);
  }

  world.after(world.between(0, 1500), connect);
  world.after(SILENCE_MS, watch);
  return {
    name,
    get numDone() {
      return done.size;
    },
    reload() {
      world.count('reloads');
      world.tell(name, 'reloads');
      drop();
      newest = '';
      if (world.chance(0.3)) held = NOTHING;
      hangUp();
    },
  };
}
