// A hostile device: sends nonsense, lies about what it holds and has done, speaks for others, repeats itself, floods, comes as
// many, and never answers.

import type { Assignment, Joined } from '../shared/contract/messages.ts';
import { LOAD_JOIN, loadHeader } from '../server/testing/loadDevice.ts';
import { TINY_TENSOR_SIZES } from '../server/testing/tinyTask.ts';
import type { DeviceWorld } from './honestDevice.ts';
import type { Connection } from './network.ts';

const NUM_TENSORS = TINY_TENSOR_SIZES.length;
const NUM_PARAMETERS = TINY_TENSOR_SIZES.reduce((sum, size) => sum + size, 0);
const MOST_KEPT = 20;
const LOST = Number.NaN;

/** Values that no message has, or that one has elsewhere. */
const NONSENSE: readonly unknown[] = [
  null,
  undefined,
  '',
  'x'.repeat(300),
  -1,
  2 ** 53,
  LOST,
  [],
  {},
  { held: [] },
  { held: [1, 2, 3, 4], moved: 'yes' },
  { held: [2 ** 40, 2 ** 40, 2 ** 40, 2 ** 40] },
  { assignmentId: '__proto__', steps: 1 },
  new Uint8Array(3),
];
const NAMES = ['join', 'ready', 'update', 'probe', 'budget', 'leave', 'shard', 'constructor', 'toString', ''];

function keep<T>(all: T[], one: T): void {
  all.push(one);
  if (all.length > MOST_KEPT) all.shift();
}

/** Goes on until `isOver` says so. */
export function createHostileDevice(
  { world, network, accept }: DeviceWorld,
  name: string,
  isOver: () => boolean,
): void {
  const { random } = world;
  const tokens: string[] = [];
  /** Of its own and what it has guessed of others. */
  const assignments: string[] = [];
  let connection: Connection | null = null;

  const pick = <T>(all: readonly T[]): T | undefined => all[random.integer(Math.max(all.length, 1))];

  function connect(): void {
    if (isOver()) return;
    const listener = {
      heard(event: string, carried: readonly unknown[]) {
        if (event === 'assignment') keep(assignments, (carried[0] as Assignment).assignmentId);
      },
      closed() {
        connection = null;
        world.after(world.between(50, 1500), connect);
      },
    };
    network.connect(accept, listener, (opened) => {
      connection = opened;
      if (!world.chance(0.1)) join();
      act(opened);
    });
  }

  function act(on: Connection): void {
    if (on !== connection) return;
    if (isOver()) {
      connection = null;
      return on.close();
    }
    const times = world.chance(0.03) ? 250 : 1;
    for (let time = 0; time < times; time++) misbehave();
    world.after(world.between(20, 900), () => act(on));
  }

  function say(event: string, ...carried: readonly unknown[]): void {
    world.count('hostileMessages');
    connection?.say(event, carried, (answer) => {
      const { ok, token } = answer as Partial<Joined> & { ok: boolean };
      if (ok && token !== undefined) keep(tokens, token);
    });
  }

  function join(): void {
    const token = pick(['', '', pick(tokens) ?? '', 'a.b', `${pick(tokens) ?? 'x'}x`]);
    const budgetBytes = pick([4e6, 4e6, 1, 1e9])!;
    say('join', { ...LOAD_JOIN, token, budgetBytes, device: { ...LOAD_JOIN.device, name } });
  }

  function misbehave(): void {
    switch (random.integer(9)) {
      case 0:
        return say(pick(NAMES)!, pick(NONSENSE), pick(NONSENSE));
      case 1:
      case 2:
        return say('ready', {
          held: TINY_TENSOR_SIZES.map(() => random.integer(50) - 1),
          moved: world.chance(0.5),
        });
      case 3:
      case 4:
      case 5:
        return sendUpdate();
      case 6:
        return say('budget', pick([4e6, 2e6, 1, 0, LOST]));
      case 7:
        return world.chance(0.2) ? say('leave') : join();
      default:
        if (world.chance(0.3)) connection?.close();
        return undefined;
    }
  }

  function sendUpdate(): void {
    const number = random.integer(200);
    const assignmentId = pick([
      pick(assignments),
      pick(assignments),
      `chaos-${number}`,
      `chaos-${-number}`,
      'other-1',
    ]);
    const size = pick([NUM_PARAMETERS, NUM_PARAMETERS, NUM_PARAMETERS, 0, 3, NUM_PARAMETERS + 1, 4000])!;
    const value = pick([0.01, -0.02, 0, LOST, Infinity, 1e30])!;
    const claims = pick([
      {},
      {},
      { samples: 1e9 },
      { steps: 1e6 },
      { noise: 5 },
      { lossFirst: LOST },
      { stepMs: -1 },
    ]);
    const header = { ...loadHeader(assignmentId ?? 'chaos-0', NUM_TENSORS), ...claims };
    say('update', header, new Float32Array(size).fill(value).buffer);
  }

  world.after(world.between(0, 3000), connect);
}
