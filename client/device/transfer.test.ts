import { expect, test } from 'vitest';
import { initialParameters } from '../../shared/engine/initialParameters.ts';
import { parametersOf } from '../../shared/engine/model.ts';
import { findModel } from '../../shared/engine/models.ts';
import type { Precision } from '../../shared/engine/tensors.ts';
import { planTraining } from '../../shared/engine/planTraining.ts';
import { createReferenceTrainer } from '../../shared/engine/reference/referenceTrainer.ts';
import { extentsOf, ratioScheme, trainedSlices } from '../../shared/engine/scheme.ts';
import { decodeWeight, encodeWeight } from '../../shared/engine/weightCodec.ts';
import { createWasmTrainer } from '../../shared/engine/wasm/wasmTrainer.ts';
import { encodeBlock, formOfBlock } from '../../shared/contract/blockForm.ts';
import type { BlockHeader } from '../../shared/contract/messages.ts';
import { wholeBlock } from './testing/blocks.ts';
import { loadBlocks } from './transfer.ts';

const MODEL = findModel('digits');
const PARAMETERS = parametersOf(MODEL);
const SCHEME = ratioScheme(MODEL, { conv2: 1 / 4, dense1: 1 });
const SLICES = trainedSlices(MODEL, SCHEME);
const OLD = initialParameters(MODEL, 1);
const NEW = initialParameters(MODEL, 2);
const ALL_HELD = OLD.map(() => true);

function messageOf(blocks: readonly BlockHeader[]): ArrayBuffer {
  const parts = blocks.flatMap(({ tensor, precision, part }) => {
    const slice = part === 'slice' ? SLICES.find(({ parameter }) => parameter === tensor)! : null;
    return [...encodeBlock(NEW[tensor]!, formOfBlock(PARAMETERS[tensor]!, slice), precision)];
  });
  return Uint8Array.from(parts).buffer;
}

function trainerWithOld(frozenPrecision: Precision = 'float32', create = createWasmTrainer) {
  const trainer = create(planTraining(MODEL, SCHEME, { batch: 4, frozenPrecision }));
  trainer.load(
    OLD.map((_, index) => index),
    OLD,
  );
  return trainer;
}

test('a slice replaces the trained channels of a tensor and leaves the others', async () => {
  const trainer = trainerWithOld();
  const blocks: BlockHeader[] = [{ tensor: 2, version: 5, precision: 'float32', part: 'slice' }];
  expect(loadBlocks(trainer, { scheme: SCHEME, blocks }, ALL_HELD, messageOf(blocks))).toEqual(blocks);
  const { inputs, outputs } = extentsOf(PARAMETERS[2]!);
  const [, to] = SCHEME.entries[0]!.output;
  const expected = OLD[2]!.map((old, i) => (i % outputs < to ? NEW[2]![i]! : old));
  expect(expected).toHaveLength(9 * inputs * outputs);
  const [, , weight] = await trainer.read();
  expect(weight).toEqual(expected);
});

test('a slice of a tensor that is not there is passed over, and what follows it is read', async () => {
  const trainer = trainerWithOld();
  const blocks: BlockHeader[] = [
    { tensor: 2, version: 5, precision: 'int8', part: 'slice' },
    { tensor: 3, version: 5, precision: 'float32', part: 'slice' },
    wholeBlock(4, 5),
  ];
  const isHeld = ALL_HELD.map((_, tensor) => tensor !== 2);
  const arrived = loadBlocks(trainer, { scheme: SCHEME, blocks }, isHeld, messageOf(blocks));
  expect(arrived.map(({ tensor }) => tensor)).toEqual([3, 4]);
  const read = await trainer.read();
  expect(read[2]).toEqual(OLD[2]);
  expect(read[4]).toEqual(NEW[4]);
});

test.each(['float16', 'int8', 'int4'] as const)(
  'trained tensors may travel in %s and are trained in float32',
  async (precision) => {
    const trainer = trainerWithOld();
    const blocks = [{ ...wholeBlock(4, 1), precision }];
    loadBlocks(trainer, { scheme: SCHEME, blocks }, ALL_HELD, messageOf(blocks));
    const matrix = extentsOf(PARAMETERS[4]!);
    const read = await trainer.read();
    expect(read[4]).toEqual(decodeWeight(encodeWeight(NEW[4]!, matrix, precision), matrix, precision));
  },
);

test.each(['float16', 'int8'] as const)(
  'frozen weights that come in int4 are in an arena of %s what encoding their values makes of them',
  async (precision) => {
    const [wasm, reference] = [createWasmTrainer, createReferenceTrainer].map((create) =>
      trainerWithOld(precision, create),
    );
    const blocks = [{ ...wholeBlock(0, 1), precision: 'int4' as const }];
    const matrix = extentsOf(PARAMETERS[0]!);
    const values = decodeWeight(encodeWeight(NEW[0]!, matrix, 'int4'), matrix, 'int4');
    const expected = decodeWeight(encodeWeight(values, matrix, precision), matrix, precision);
    for (const trainer of [wasm!, reference!]) {
      loadBlocks(trainer, { scheme: SCHEME, blocks }, ALL_HELD, messageOf(blocks));
      expect((await trainer.read())[0]).toEqual(expected);
    }
  },
);

test('a slice in int4 replaces the trained channels alone', async () => {
  const trainer = trainerWithOld();
  const blocks: BlockHeader[] = [{ tensor: 2, version: 5, precision: 'int4', part: 'slice' }];
  loadBlocks(trainer, { scheme: SCHEME, blocks }, ALL_HELD, messageOf(blocks));
  const { matrix } = formOfBlock(PARAMETERS[2]!, SLICES[0]!);
  const packed = decodeWeight(new Uint8Array(messageOf(blocks)), matrix, 'int4');
  const { outputs } = extentsOf(PARAMETERS[2]!);
  const expected = OLD[2]!.map((old, i) =>
    i % outputs < matrix.outputs ? packed[Math.floor(i / outputs) * matrix.outputs + (i % outputs)]! : old,
  );
  expect((await trainer.read())[2]).toEqual(expected);
});

test.each([createWasmTrainer, createReferenceTrainer])(
  'a slice that is held apart is exact, beside a rest that came rounded, in one message or later (%o)',
  async (create) => {
    const scheme = {
      entries: [{ tensor: 'dense1.weight', output: [2, 4] as const, input: [0, 1568] as const }],
    };
    const [slice] = trainedSlices(MODEL, scheme);
    const { matrix, stretches } = formOfBlock(PARAMETERS[4]!, slice!);
    const whole = extentsOf(PARAMETERS[4]!);
    expect(whole.inputs).toBe(matrix.inputs);
    const plan = planTraining(MODEL, scheme, { batch: 4, frozenPrecision: 'int8', split: true });
    expect(plan.split).toBe(true);
    const trainer = create(plan);
    const bytes = [
      encodeBlock(NEW[4]!, formOfBlock(PARAMETERS[4]!, null), 'int8'),
      encodeBlock(NEW[4]!, { matrix, stretches }, 'float32'),
    ];
    const headers = [
      { ...wholeBlock(4, 1), precision: 'int8' as const },
      { tensor: 4, version: 1, precision: 'float32' as const, part: 'slice' as const },
    ];
    const expected = decodeWeight(bytes[0]!, whole, 'int8');
    const load = (from: number, to: number, isHeld: boolean[]) =>
      loadBlocks(
        trainer,
        { scheme, blocks: headers.slice(from, to) },
        isHeld,
        Uint8Array.from(bytes.slice(from, to).flatMap((each) => [...each])).buffer,
      );
    const nothing = ALL_HELD.map(() => false);
    expect(load(1, 2, nothing)).toEqual([]);
    expect(load(0, 1, nothing)).toHaveLength(1);
    expect((await trainer.read())[4]).toEqual(expected);
    for (const { start, length } of stretches) expected.set(NEW[4]!.subarray(start, start + length), start);
    load(1, 2, ALL_HELD);
    expect((await trainer.read())[4]).toEqual(expected);
    trainer.load([4], [OLD[4]!]);
    expect(load(0, 2, nothing)).toHaveLength(2);
    expect((await trainer.read())[4]).toEqual(expected);
  },
);

test('frozen weights are taken as the plan holds them, and encoded where they come finer', async () => {
  const blocks = [wholeBlock(0, 1)];
  const inPlan = [{ ...wholeBlock(0, 1), precision: 'int8' as const }];
  const loaded = [blocks, inPlan].map(async (headers) => {
    const trainer = trainerWithOld('int8', createReferenceTrainer);
    loadBlocks(trainer, { scheme: SCHEME, blocks: headers }, ALL_HELD, messageOf(headers));
    return (await trainer.read())[0];
  });
  const [finer, exact] = await Promise.all(loaded);
  expect(exact).toEqual(finer);
  expect(exact).not.toEqual(NEW[0]);
});

test('a message of another length, of no tensor or of a slice that nobody trains is refused', () => {
  const trainer = trainerWithOld();
  const blocks = [wholeBlock(1, 0), wholeBlock(5, 0)];
  const message = messageOf(blocks);
  const load = (headers: readonly BlockHeader[], bytes: ArrayBuffer) => () =>
    loadBlocks(trainer, { scheme: SCHEME, blocks: headers }, ALL_HELD, bytes);
  for (const length of [0, 1, message.byteLength - 1])
    expect(load(blocks, message.slice(0, length))).toThrow(`must be ${message.byteLength} bytes`);
  const inInt4 = [{ ...wholeBlock(4, 0), precision: 'int4' as const }];
  expect(load(inInt4, messageOf(inInt4).slice(1))).toThrow('must be 7880 bytes, got 7879');
  expect(load([wholeBlock(6, 0)], message)).toThrow('6 parameter tensors, got 6');
  expect(load([{ ...wholeBlock(0, 0), part: 'slice' }], message)).toThrow('scheme trains');
});
