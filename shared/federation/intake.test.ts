import { describe, expect, it } from 'vitest';
import { encodeDelta } from '../contract/deltaCodec.ts';
import type { UpdateHeader } from '../contract/messages.ts';
import type { Strategy } from './config.ts';
import { ownScale } from './policies/normWindow.ts';
import { fedAvg, fedBuff, ftte } from './strategies.ts';
import type { Scenario } from './testing/scenario.ts';
import { createScenario, testConfig } from './testing/scenario.ts';

const ELEMENTS = 23;
const HONEST = ['honest', 'honest2', 'honest3'] as const;

/** What a hostile update must not change: the model, the buffer and everybody else's work. */
function essence({ coordinator }: Scenario): unknown {
  const { version, accepted, buffered, devices } = coordinator.status();
  const others = devices.filter(({ deviceId }) => deviceId !== 'hostile');
  return structuredClone({ version, accepted, buffered, others, parameters: coordinator.parameters });
}

/** A coordinator whose buffer and running norms are well filled. */
function busyScenario(): Scenario {
  const scenario = createScenario(testConfig({ trigger: { kind: 'buffer', size: 10, deadlineMs: 0 } }));
  for (const id of HONEST) scenario.start(id);
  for (let i = 0; i < 12; i++) scenario.upload(scenario.orderOf(HONEST[i % 3]!), 0.01);
  return scenario;
}

const badValues: readonly [string, number | Float32Array, string][] = [
  ['not a number', Number.NaN, 'notFinite'],
  ['infinite', Number.POSITIVE_INFINITY, 'notFinite'],
  ['negative infinite', Number.NEGATIVE_INFINITY, 'notFinite'],
  ['absurdly large', 2e4, 'tooLarge'],
  ['negative and absurdly large', -2e4, 'tooLarge'],
  ['far out of proportion', 11, 'tooLarge'],
  ['one bad among good', new Float32Array(ELEMENTS).fill(0.01).fill(Number.NaN, 22), 'notFinite'],
  ['too short', new Float32Array(ELEMENTS - 1), 'wrongLength'],
  ['too long', new Float32Array(ELEMENTS + 1), 'wrongLength'],
  ['empty', new Float32Array(0), 'wrongLength'],
];

const noPlaces = (length: number): [Uint8Array, string] => [new Uint8Array(length), 'malformed'];

describe('a hostile update', () => {
  it.each(badValues)(
    'whose values are %s is refused, changes nothing and costs no one else',
    (_name, delta, code) => {
      const scenario = busyScenario();
      const order = scenario.start('hostile');
      const before = essence(scenario);
      expect(scenario.upload(order, delta)).toMatchObject({ accepted: false, code, version: 1 });
      expect(essence(scenario)).toEqual(before);
      expect(scenario.coordinator.status().refusals).toEqual({ [code]: 1 });
      expect(scenario.upload(scenario.orderOf('hostile'), 0.01)).toMatchObject({ accepted: true });
    },
  );

  it.each([{ kind: 'int8' } as const, { kind: 'topK', share: 0.2 } as const])(
    'in $kind is refused where its bytes say nothing, and read where they do',
    (up) => {
      const scenario = createScenario(testConfig({}, { encoding: { up, down: 'float32' } }));
      const sizes = [12, 3, 6, 2];
      const sound = encodeDelta(new Float32Array(ELEMENTS).fill(0.01), sizes, up, 1);
      const noScale = sound.slice();
      new DataView(noScale.buffer).setFloat32(8, Number.NaN, true);
      const huge = sound.slice();
      new DataView(huge.buffer).setFloat32(0, 1e30, true);
      const wrong: readonly [Uint8Array, string][] = [
        [noScale, 'notFinite'],
        [huge, 'tooLarge'],
        [sound.subarray(1), 'wrongLength'],
        [Uint8Array.of(...sound, 0), 'wrongLength'],
        ...(up.kind === 'topK' ? [noPlaces(sound.length)] : []),
      ];
      let order = scenario.start('hostile');
      for (const [bytes, code] of wrong) {
        expect(scenario.upload(order, bytes)).toMatchObject({ accepted: false, code });
        order = scenario.orderOf('hostile');
      }
      const before = scenario.coordinator.parameters[0]!;
      expect(scenario.upload(order, sound)).toMatchObject({ accepted: true });
      expect(scenario.coordinator.parameters[0]![0]! - before[0]!).toBeCloseTo(0.01, 6);
    },
  );

  it('with more steps than it was given in its header is refused, and its device goes on', () => {
    const scenario = busyScenario();
    const order = scenario.start('hostile');
    const before = essence(scenario);
    expect(scenario.upload(order, 0.01, { steps: 11 })).toMatchObject({ accepted: false, code: 'malformed' });
    expect(essence(scenario)).toEqual(before);
    expect(scenario.orderOf('hostile').assignmentId).not.toBe(order.assignmentId);
    expect(scenario.orderOf('hostile').blocks).toHaveLength(4);
  });

  it.each([
    '',
    'run',
    'run-',
    'run-999',
    'run--1',
    'run-1e0',
    'run-01',
    'other-0',
    'run-99999999999999999999',
  ])(
    'for the assignment %j, which was never given, is refused and takes nothing from the device',
    (assignmentId) => {
      const scenario = busyScenario();
      const order = scenario.start('hostile');
      const before = essence(scenario);
      expect(scenario.upload({ deviceId: 'hostile', assignmentId }, 0.01)).toMatchObject({
        code: 'unknownAssignment',
      });
      expect(essence(scenario)).toEqual(before);
      expect(scenario.coordinator.openAssignment('hostile')).toBe(order.assignmentId);
    },
  );

  it('for the assignment of another, open or done, is refused and takes nothing from the other', () => {
    const scenario = busyScenario();
    const done = scenario.orderOf('honest');
    scenario.upload(done, 0.01);
    const open = scenario.orderOf('honest');
    scenario.start('hostile');
    const before = essence(scenario);
    for (const { assignmentId } of [done, open])
      expect(scenario.upload({ deviceId: 'hostile', assignmentId }, 5)).toMatchObject({
        code: 'foreignAssignment',
      });
    expect(essence(scenario)).toEqual(before);
    expect(scenario.upload(open, 0.01)).toMatchObject({ accepted: true });
  });

  it('of a device that never joined is out of order', () => {
    const scenario = busyScenario();
    const before = essence(scenario);
    const { assignmentId } = scenario.orderOf('honest');
    expect(scenario.upload({ deviceId: 'nobody', assignmentId }, 0.01)).toMatchObject({ code: 'outOfOrder' });
    expect(essence(scenario)).toEqual(before);
  });

  it('that was refused gets the same answer again', () => {
    const scenario = busyScenario();
    const order = scenario.start('hostile');
    const answer = scenario.upload(order, Number.NaN);
    expect(scenario.upload(order, 0.01)).toEqual(answer);
  });
});

/** How far each element of each tensor is moved by what is done. */
function movesOf({ coordinator }: Scenario, act: () => void): number[] {
  const before = coordinator.parameters;
  act();
  return coordinator.parameters.flatMap((values, t) => [...values].map((w, j) => w - before[t]![j]!));
}

const clipped = (scenario: Scenario) =>
  scenario.effects.filter((e) => e.kind === 'stepped').at(-1)!.record.clipped;

describe('clipping', () => {
  it('brings a tensor down to the multiple of its usual norm, and counts it', () => {
    const scenario = createScenario(testConfig({ clipMultiple: 5 }));
    for (const id of HONEST) scenario.upload(scenario.start(id), 0.1);
    const moves = movesOf(scenario, () => scenario.upload(scenario.start('a'), 10));
    for (const move of moves) expect(move).toBeCloseTo(0.5, 5);
    expect(clipped(scenario)).toBe(4);
    expect(scenario.coordinator.status().clipped).toBe(4);
  });

  it('holds the first update of a run against the model’s own scale', () => {
    const scenario = createScenario(testConfig({ clipMultiple: 1.5 }));
    const whole = scenario.coordinator.parameters;
    const scales = whole.flatMap((values) => [...values].fill(ownScale(values, whole)));
    const moves = movesOf(scenario, () => scenario.upload(scenario.start('hostile'), 100));
    moves.forEach((move, i) => expect(move).toBeCloseTo(scales[i]!, 5));
    expect(clipped(scenario)).toBe(4);
  });

  it('refuses a first update that is out of all proportion to the model', () => {
    const scenario = createScenario(testConfig());
    expect(scenario.upload(scenario.start('hostile'), 9000)).toMatchObject({ code: 'tooLarge' });
  });

  it('knows that more local steps go further', () => {
    const scenario = createScenario(testConfig({ clipMultiple: 1 }));
    for (const id of HONEST) scenario.upload(scenario.start(id), 0.1, { steps: 1, samples: 16 });
    const moves = movesOf(scenario, () =>
      scenario.upload(scenario.start('thorough'), 1, { steps: 4, samples: 16 }),
    );
    for (const move of moves) expect(move).toBeCloseTo(0.2, 5);
  });

  it('cannot be talked into more by one device, however often and however large it sends', () => {
    const scenario = createScenario(testConfig({ clipMultiple: 1.5 }));
    for (const id of HONEST) scenario.upload(scenario.start(id), 0.1);
    scenario.start('hostile');
    for (let i = 0; i < 100; i++) {
      const moves = movesOf(scenario, () => scenario.upload(scenario.orderOf('hostile'), -50));
      for (const move of moves) expect(move).toBeCloseTo(-0.15, 5);
    }
  });
});

/** About that much, and not all the same. */
const spread = (delta: number) =>
  Float32Array.from({ length: ELEMENTS }, (_, i) => delta * (1 + (i % 3) / 10));

/** A step of three honest updates of 0.1 and one of `claim` that moves the other way; each was dealt ten samples. */
function stepWith(
  claim: Partial<UpdateHeader>,
  strategy: Partial<Strategy>,
  dealtSamples?: number,
): number[] {
  const trigger = { kind: 'buffer', size: 4, deadlineMs: 0 } as const;
  const scenario = createScenario(testConfig({ ...strategy, trigger }));
  const upload = (id: string, delta: number, header: Partial<UpdateHeader>) => {
    scenario.join(id, undefined, '', dealtSamples);
    scenario.ready(id);
    scenario.upload(scenario.orderOf(id), spread(delta), { samples: 10, steps: 3, noise: 0.2, ...header });
  };
  for (const id of HONEST) upload(id, 0.1, {});
  return movesOf(scenario, () => upload('hostile', -0.1, claim));
}

describe('what a header claims', () => {
  const lies: readonly Partial<UpdateHeader>[] = [
    { samples: Number.MAX_SAFE_INTEGER },
    { steps: 1 },
    { steps: 10 },
    { lossFirst: 0, lossLast: 0 },
    { noise: 0 },
    { noise: 2 },
    { samples: Number.MAX_SAFE_INTEGER, steps: 1, lossFirst: 1e-9, lossLast: 1e-9, noise: 0 },
  ];
  const weights: readonly [string, Partial<Strategy>][] = [
    ['fedAvg', { ...fedAvg }],
    ['fedBuff', { ...fedBuff }],
    ['ftte', { ...ftte }],
    ['ftte, b < 0', { ...ftte, variance: { kind: 'coordinates', exponent: -0.5 } }],
    ['gradientNoise', { ...ftte, variance: { kind: 'gradientNoise', exponent: 0.5 } }],
    ['gradientNoise, b < 0', { ...ftte, variance: { kind: 'gradientNoise', exponent: -0.5 } }],
  ];

  it.each(weights.flatMap(([name, strategy]) => lies.map((lie) => [name, lie, strategy] as const)))(
    'moves the model under %s no further than a device that does not lie: %j',
    (_name, lie, strategy) => {
      for (const dealtSamples of [undefined, 10]) {
        const honest = stepWith({}, strategy, dealtSamples);
        const moves = stepWith(lie, strategy, dealtSamples);
        // Three against one of the same weight: 2/4 of 0.1. Less is a larger share of the one.
        moves.forEach((move, i) => expect(move).toBeGreaterThanOrEqual(honest[i]! - 1e-6));
      }
    },
  );
});
