import { describe, expect, it, test } from 'vitest';
import { initialParameters } from '../../engine/initialParameters.ts';
import type { GivenStrategy } from '../config.ts';
import { createCoordinator, restoreCoordinator, type Coordinator } from '../coordinator.ts';
import {
  HEAD,
  scenarioOf,
  selectByBytes,
  testConfig,
  TINY_MODEL,
  type Scenario,
} from '../testing/scenario.ts';
import type { Kept, OwnFunctions, TensorToCombine, UpdateToWeigh } from './ownStrategy.ts';

/** A budget that every plan of the tiny model fits. */
const AMPLE = 1 << 20;
const CODE: GivenStrategy = { name: 'mine', code: 'c0de' };

function dependenciesOf(functions: OwnFunctions, strategy: GivenStrategy) {
  return {
    config: testConfig({ ...CODE, ...strategy }),
    model: TINY_MODEL,
    selectScheme: selectByBytes,
    rules: { file: 'mine.ts', ...functions },
  };
}

function scenarioWith(functions: OwnFunctions, strategy: GivenStrategy = {}): Scenario {
  const parameters = initialParameters(TINY_MODEL, 1);
  return scenarioOf(createCoordinator({ ...dependenciesOf(functions, strategy), parameters }));
}

const buffer = (size: number): GivenStrategy => ({ trigger: { kind: 'buffer', size, deadlineMs: 0 } });

/** Devices send in turn, each a delta of its own. */
function train(scenario: Scenario, numUpdates: number, budgetBytes = AMPLE): Coordinator {
  const devices = ['a', 'b', 'c'];
  for (const id of devices)
    if (!scenario.effects.some((effect) => effect.kind === 'assign' && effect.order.deviceId === id))
      scenario.start(id, budgetBytes);
  for (let update = 0; update < numUpdates; update++) {
    const id = devices[update % devices.length]!;
    const outcome = scenario.upload(scenario.orderOf(id), 0.01 * (update + 1), { samples: 5 + update });
    expect(outcome.accepted).toBe(true);
    scenario.ready(id);
  }
  return scenario.coordinator;
}

/** The strategy without functions. */
function plainCoordinator(given: GivenStrategy): Coordinator {
  const parameters = initialParameters(TINY_MODEL, 1);
  return createCoordinator({ ...dependenciesOf({}, { ...given, code: '' }), parameters });
}

describe('functions that do what the preset does give the very same run', () => {
  const strategy: GivenStrategy = { ...buffer(2), age: { exponent: 0.5 }, serverLearningRate: 0.7 };
  const plain = train(scenarioOf(plainCoordinator(strategy)), 9).parameters;
  test.each<[string, OwnFunctions]>([
    ['weigh', { weigh: ({ usual }) => usual }],
    ['weigh by its own formula', { weigh: ({ staleness }) => (1 + staleness) ** -0.5 }],
    ['combine', { combine: ({ usual }) => usual() }],
    ['choose', { choose: ({ usual }) => usual }],
    ['choose nothing else', { choose: () => null }],
    [
      'all of them, which keep something',
      {
        weigh: ({ usual }) => ({ weight: usual, kept: { last: usual } }),
        combine: ({ usual, values }) => ({ values: usual(), kept: [values] }),
        choose: ({ usual, updates }) => ({ part: usual, kept: updates }),
      },
    ],
  ])('%s', (_name, functions) => {
    expect(train(scenarioWith(functions, strategy), 9).parameters).toEqual(plain);
  });
});

it('FedBuff written by hand agrees with FedBuff', () => {
  const strategy = buffer(3);
  const rate = 1;
  const combine = ({ values, contributions }: TensorToCombine): Float32Array => {
    for (const { delta, weight } of contributions)
      for (let i = 0; i < values.length; i++)
        values[i]! += (rate * weight * delta[i]!) / contributions.length;
    return values;
  };
  const own = train(scenarioWith({ combine }, strategy), 9).parameters;
  const usual = train(scenarioWith({ weigh: ({ usual: weight }) => weight }, strategy), 9).parameters;
  own.forEach((tensor, k) => tensor.forEach((value, i) => expect(value).toBeCloseTo(usual[k]![i]!, 6)));
});

it('weigh is handed what is believed of an update, and its weight is the step’s', () => {
  const seen: UpdateToWeigh[] = [];
  const weigh = (update: UpdateToWeigh) => {
    seen.push(update);
    return { weight: 0.25, kept: seen.length };
  };
  const scenario = scenarioWith({ weigh }, buffer(2));
  train(scenario, 4);
  expect(seen.map(({ version, deviceId, staleness, kept }) => [version, deviceId, staleness, kept])).toEqual([
    [1, 'a', 0, undefined],
    [1, 'b', 0, 1],
    [2, 'c', 1, 2],
    [2, 'a', 1, 3],
  ]);
  const steps = scenario.effects.flatMap((effect) => (effect.kind === 'stepped' ? [effect.record] : []));
  expect(steps.flatMap(({ updates }) => updates.map(({ weight }) => weight))).toEqual([
    0.25, 0.25, 0.25, 0.25,
  ]);
});

it('combine is handed tensors whole, with what of them an update trained', () => {
  const seen: TensorToCombine[] = [];
  const combine = (tensor: TensorToCombine) => {
    seen.push(tensor);
    return tensor.values;
  };
  // Half of the outputs of one tensor.
  const slice = { tensor: 'dense1.weight', output: [0, 2], input: [1, 3] } as const;
  train(scenarioWith({ combine, choose: () => [slice] }), 1);
  expect(seen.map(({ name, shape }) => [name, shape])).toEqual([['dense1.weight', [4, 3]]]);
  const [{ delta, covers }] = seen[0]!.contributions as [TensorToCombine['contributions'][0]];
  expect([...covers!]).toEqual([0, 0, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0]);
  expect([...delta]).toEqual([...covers!].map((covered) => (covered ? Math.fround(0.01) : 0)));
});

it('what combine moves beyond what was trained reaches devices, too', () => {
  const slice = { tensor: 'dense1.weight', output: [0, 1], input: [0, 1] } as const;
  const scenario = scenarioWith({ combine: ({ values }) => values.fill(9), choose: () => [slice] });
  const first = scenario.start('a', AMPLE);
  scenario.upload(first, 0.5);
  // It holds version 0 of all, and has moved its slice itself.
  scenario.ready('a', [0, 0, 0, 0]);
  const block = scenario.orderOf('a').blocks.find(({ tensor }) => tensor === 0);
  expect(block?.version).toBe(1);
  expect([...block!.values]).toEqual(Array(12).fill(9));
});

describe('choose', () => {
  it('gives a device what it says, in the model’s order, and knows what fits', () => {
    let bytes: readonly number[] = [];
    const scenario = scenarioWith({
      choose: ({ bytesOf, tensors, deviceId }) => {
        bytes = [bytesOf(['dense2.bias']), bytesOf(tensors.map(({ name }) => name))];
        return deviceId === 'a' ? ['dense2.bias', 'dense1.weight'] : null;
      },
    });
    expect(scenario.start('a', AMPLE).scheme.entries.map(({ tensor }) => tensor)).toEqual([
      'dense1.weight',
      'dense2.bias',
    ]);
    expect(bytes[0]).toBeGreaterThan(0);
    expect(bytes[1]).toBeGreaterThan(bytes[0]!);
    expect(scenario.start('b', AMPLE).scheme.entries).toHaveLength(4);
    expect(scenario.coordinator.status().devices.find(({ deviceId }) => deviceId === 'a')?.trainedShare).toBe(
      14 / 23,
    );
  });

  it('is refused a part that is larger than the device', () => {
    const coordinator = createCoordinator({
      ...dependenciesOf({ choose: ({ tensors }) => tensors.map(({ name }) => name) }, {}),
      // More than this test's selection would give so small a device.
      selectScheme: () => ({ scheme: HEAD, deviceBytes: 8, trainedShare: 8 / 23 }),
      parameters: initialParameters(TINY_MODEL, 1),
    });
    expect(() => scenarioOf(coordinator).start('small', 8)).toThrow(
      /^choose of mine\.ts must return a part that fits the 8 bytes of device small, got one of \d+ bytes: dense1\.weight, /,
    );
  });
});

const wrongWeight = 'weigh of mine.ts must return a finite number >= 0, or { weight, kept }, got ';
const wrongTensor =
  'combine of mine.ts must return a Float32Array of 12 finite numbers (dense1.weight), or { values, kept }, got ';
const wrongPart = 'choose of mine.ts must return ';
const data = 'plain data: finite numbers, texts, true or false, null, Float32Arrays, lists and records, got ';
const anything = (value: unknown) => () => value as never;
const keeping = (kept: unknown) => ({ weigh: anything({ weight: 1, kept }) });
const circle: unknown[] = [];
circle.push(circle);
test.each<[string, OwnFunctions, string]>([
  ['no weight', { weigh: anything(undefined) }, `${wrongWeight}undefined`],
  ['a weight that is no number', { weigh: anything('1') }, `${wrongWeight}"1"`],
  ['a weight below 0', { weigh: anything(-1) }, `${wrongWeight}-1`],
  ['a weight that is not finite', { weigh: anything({ weight: Number.NaN }) }, `${wrongWeight}NaN`],
  ['a promise', { weigh: anything(Promise.resolve(1)) }, `${wrongWeight}undefined`],
  ['a list in place of a tensor', { combine: anything([1, 2]) }, `${wrongTensor}a list of 2`],
  [
    'a tensor of another size',
    { combine: anything(new Float32Array(3)) },
    `${wrongTensor}a Float32Array of 3`,
  ],
  ['a tensor of doubles', { combine: anything(new Float64Array(12)) }, `${wrongTensor}a Float64Array of 12`],
  ['nothing', { combine: anything(null) }, `${wrongTensor}null`],
  [
    'a tensor with a hole',
    { combine: ({ values }) => values.fill(Number.NaN, 5, 6) },
    `${wrongTensor}NaN at 5`,
  ],
  [
    'no part',
    { choose: anything(undefined) },
    `${wrongPart}a list of at least one tensor or slice, null, or`,
  ],
  ['an empty part', { choose: anything([]) }, `${wrongPart}a list of at least one tensor or slice, null, or`],
  [
    'a tensor that there is not',
    { choose: anything(['dense3']) },
    `${wrongPart}names of tensors (dense1.weight, dense1.bias, dense2.weight, dense2.bias) or slices of them, got "dense3"`,
  ],
  [
    'a tensor twice',
    { choose: anything(['dense1.bias', 'dense1.bias']) },
    'each tensor once, got "dense1.bias" twice',
  ],
  [
    'a slice that leaves its tensor',
    { choose: anything([{ tensor: 'dense1.weight', output: [0, 4], input: [0, 4] }]) },
    `${wrongPart}as output of dense1.weight [from, to) within [0, 3), got [0,4]`,
  ],
  [
    'half a slice',
    { choose: anything([{ tensor: 'dense1.weight', output: [0, 3] }]) },
    `${wrongPart}as input of dense1.weight [from, to) within [0, 4), got nothing`,
  ],
  [
    'a date to be kept',
    keeping({ at: new Date(0) }),
    `weigh of mine.ts must return as kept.at ${data}a Date`,
  ],
  ['NaN to be kept', keeping([1, Number.NaN]), `weigh of mine.ts must return as kept[1] ${data}NaN`],
  ['a function to be kept', keeping(() => 1), `weigh of mine.ts must return as kept ${data}a function`],
  ['a circle to be kept', keeping(circle), 'something that is deeper than 16 levels'],
  [
    'what it throws',
    {
      weigh: () => {
        throw new Error('no idea');
      },
    },
    'weigh of mine.ts threw: no idea',
  ],
])('%s is told by the name of the function', (_name, functions, message) => {
  expect(() => train(scenarioWith(functions), 2)).toThrow(RangeError);
  expect(() => train(scenarioWith(functions), 2)).toThrow(message);
});

it('changing what was kept in place is told, where it is a record or a list', () => {
  const functions: OwnFunctions = {
    weigh({ kept }) {
      const seen = (kept ?? []) as string[];
      seen.push('more');
      return { weight: 1, kept: seen };
    },
  };
  expect(() => train(scenarioWith(functions), 2)).toThrow('weigh of mine.ts threw: Cannot add property 1');
});

describe('what is kept', () => {
  const functions: OwnFunctions = {
    weigh: ({ deviceId, kept }) => {
      const counts = (kept ?? {}) as Readonly<Record<string, number>>;
      const count = (counts[deviceId] ?? 0) + 1;
      return { weight: 1 / count, kept: { ...counts, [deviceId]: count } };
    },
    combine: ({ values, contributions, kept }) => {
      const { cache, seen } = (kept ?? { cache: [], seen: null }) as { cache: Float32Array[]; seen: Kept };
      for (const old of cache) for (let i = 0; i < values.length; i++) values[i]! += 0.1 * old[i]!;
      for (const { delta, weight } of contributions)
        for (let i = 0; i < values.length; i++) values[i]! += weight * delta[i]!;
      const next = [...cache, ...contributions.map(({ delta }) => delta)].slice(-4);
      return {
        values,
        kept: { cache: next, seen: [seen === null, 'text', true, 1.5, { array: 1, list: 2 }] },
      };
    },
    choose: ({ kept, tensors }) => {
      const turn = ((kept ?? 0) as number) + 1;
      return { part: [tensors[turn % tensors.length]!.name, 'dense2.weight'].filter(isNew), kept: turn };
    },
  };

  it.each([0, 1, 3, 7])('survives a snapshot after %i updates: the run goes on to the last bit', (before) => {
    const strategy = buffer(2);
    const whole = scenarioWith(functions, strategy);
    train(whole, before);
    const snapshot = whole.coordinator.snapshot();
    const kept = JSON.parse(JSON.stringify({ json: snapshot.json }));
    const restored = scenarioOf(
      restoreCoordinator(
        { json: kept.json, arrays: snapshot.arrays.map((array) => array.slice()) },
        dependenciesOf(functions, strategy),
      ),
    );
    restored.effects.push(...whole.effects);
    restored.nowMs = whole.nowMs;
    train(whole, 8);
    train(restored, 8);
    expect(restored.coordinator.version).toBeGreaterThan(before / 2);
    expect(restored.coordinator.parameters).toEqual(whole.coordinator.parameters);
    expect(restored.coordinator.snapshot()).toEqual(whole.coordinator.snapshot());
  });

  it('is refused where arrays of it are missing', () => {
    const { coordinator } = scenarioWith(functions);
    const scenario = scenarioOf(coordinator);
    train(scenario, 3);
    const { json, arrays } = coordinator.snapshot();
    const cut = {
      json,
      arrays: arrays.map((array, k) => (k === arrays.length - 1 ? array.slice(1) : array)),
    };
    expect(() => restoreCoordinator(cut, dependenciesOf(functions, {}))).toThrow(/must have \d+ elements/);
  });
});

describe('a strategy in code', () => {
  it('that nobody has loaded cannot begin or go on', () => {
    const { rules: _, ...without } = dependenciesOf({ weigh: () => 1 }, {});
    const message = 'strategy "mine" is code, which is read from its file alone: name its FILE.ts or FILE.js';
    expect(() => createCoordinator({ ...without, parameters: initialParameters(TINY_MODEL, 1) })).toThrow(
      message,
    );
    const snapshot = scenarioWith({ weigh: () => 1 }).coordinator.snapshot();
    expect(() => restoreCoordinator(snapshot, without)).toThrow(message);
  });

  it('that combines has neither another form nor an optimizer', () => {
    expect(() =>
      scenarioWith({ combine: ({ values }) => values }, { optimizer: { kind: 'momentum', decay: 0.9 } }),
    ).toThrow('its form must be delta and its optimizer plain, got delta and momentum');
  });

  it('ends where the settings choose another strategy, and what it kept is forgotten by nobody', () => {
    const scenario = scenarioWith({ weigh: () => ({ weight: 0, kept: 1 }) });
    train(scenario, 2);
    const before = scenario.coordinator.parameters;
    const { config } = scenario.coordinator;
    const settings = {
      strategy: { ...config.strategy, code: '' },
      subset: config.subset,
      learningRate: config.localWork.learningRate,
    };
    scenario.handle({ kind: 'settingsChanged', atMs: 0, settings });
    train(scenario, 1);
    expect(scenario.coordinator.parameters).not.toEqual(before);
  });
});

function isNew(name: string, index: number, all: readonly string[]): boolean {
  return all.indexOf(name) === index;
}
