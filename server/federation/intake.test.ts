import { describe, expect, it } from 'vitest';
import { encodeDelta } from '../../shared/protocol/deltaCodec.ts';
import type { UpdateHeader } from '../../shared/protocol/messages.ts';
import type { Scenario } from './testing/scenario.ts';
import { createScenario, testConfig } from './testing/scenario.ts';

const ELEMENTS = 23;

/** What a hostile update must not change: the model, the buffer and everybody else's work. */
function essence({ coordinator }: Scenario): unknown {
  const { version, accepted, buffered, devices } = coordinator.status();
  const others = devices.filter(({ deviceId }) => deviceId !== 'hostile');
  return structuredClone({ version, accepted, buffered, others, parameters: coordinator.parameters });
}

/** A coordinator whose buffer and running norms are well filled. */
function busyScenario(): Scenario {
  const scenario = createScenario(testConfig({ trigger: { kind: 'buffer', size: 10, deadlineMs: 0 } }));
  scenario.start('honest');
  for (let i = 0; i < 12; i++) scenario.upload(scenario.orderOf('honest'), 0.01);
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

const badHeaders: readonly [Partial<UpdateHeader>, string][] = [
  [{ steps: 0 }, 'malformed'],
  [{ steps: 1.5 }, 'malformed'],
  [{ samples: 0 }, 'malformed'],
  [{ samples: -3 }, 'malformed'],
  [{ samples: Number.POSITIVE_INFINITY }, 'malformed'],
  [{ lossFirst: Number.NaN }, 'notFinite'],
  [{ lossLast: Number.NEGATIVE_INFINITY }, 'notFinite'],
  [{ noise: 2.5 }, 'malformed'],
  [{ noise: Number.NaN }, 'malformed'],
  [{ stepMs: -1 }, 'malformed'],
  [{ overruns: -1 }, 'malformed'],
  [{ deviceBytes: 0.5 }, 'malformed'],
  [{ joinToFirstStepMs: Number.NaN }, 'malformed'],
  [{ held: [] }, 'malformed'],
  [{ held: [-1, -1, -1, -2] }, 'malformed'],
  [{ held: [-1, -1, -1, 0.5] }, 'malformed'],
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

  it.each(badHeaders)('with %o in its header is refused, and its device goes on', (header, code) => {
    const scenario = busyScenario();
    const order = scenario.start('hostile');
    const before = essence(scenario);
    expect(scenario.upload(order, 0.01, header)).toMatchObject({ accepted: false, code });
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

describe('clipping', () => {
  it('brings a tensor down to the multiple of its usual norm, and counts it', () => {
    const config = testConfig({ clipMultiple: 5 });
    const scenario = createScenario(config);
    scenario.start('a');
    for (let i = 0; i < 8; i++) scenario.upload(scenario.orderOf('a'), 0.5);
    const before = scenario.coordinator.parameters;
    scenario.upload(scenario.orderOf('a'), 10);
    const moved = scenario.coordinator.parameters.map((values, t) =>
      values.map((w, j) => w - before[t]![j]!),
    );
    for (const values of moved) for (const move of values) expect(move).toBeCloseTo(2.5, 5);
    const record = scenario.effects.filter((effect) => effect.kind === 'stepped').at(-1)!.record;
    expect(record.clipped).toBe(4);
  });
});
