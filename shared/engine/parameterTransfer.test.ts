import { describe, expect, it } from 'vitest';
import { initialParameters } from './initialParameters.ts';
import { parametersOf } from './model.ts';
import { findModel } from './models.ts';
import { planTraining } from './planTraining.ts';
import { createReferenceTrainer } from './reference/referenceTrainer.ts';
import { extentsOf, layerScheme } from './scheme.ts';
import { createWasmTrainer } from './wasm/wasmTrainer.ts';
import { decodeRange, decodeWeight, encodeWeight } from './weightCodec.ts';

const MODEL = findModel('digits');
const VALUES = initialParameters(MODEL, 3);
const PLAN = planTraining(MODEL, layerScheme(MODEL, ['dense1']), { batch: 4 });

describe.each([
  ['reference', createReferenceTrainer],
  ['wasm', createWasmTrainer],
])('loadRange on %s', (_name, create) => {
  it('writes neighbouring elements and no others', async () => {
    const trainer = create(PLAN);
    trainer.load(
      VALUES.map((_, index) => index),
      VALUES,
    );
    trainer.loadRange(2, 5, Float32Array.of(1, 2, 3));
    const expected = VALUES.map((values) => values.slice());
    expected[2]!.set([1, 2, 3], 5);
    expect(await trainer.read()).toEqual(expected);
  });

  it('refuses a range that leaves the tensor', () => {
    const trainer = create(PLAN);
    const { size } = parametersOf(MODEL)[1]!;
    expect(() => trainer.loadRange(1, size - 1, Float32Array.of(1, 2))).toThrow(RangeError);
    expect(() => trainer.loadRange(99, 0, Float32Array.of(1))).toThrow(RangeError);
  });
});

it.each(['float32', 'float16', 'int8'] as const)(
  'ranges of a weight in %s are parts of the whole',
  (precision) => {
    const parameter = parametersOf(MODEL)[2]!;
    const matrix = extentsOf(parameter);
    const unaligned = new Uint8Array([7, ...encodeWeight(VALUES[2]!, matrix, precision)]).subarray(1);
    const whole = decodeWeight(unaligned, matrix, precision);
    const joined = new Float32Array(parameter.size);
    for (let start = 0; start < parameter.size; start += 100)
      decodeRange(unaligned, matrix, precision, start, joined.subarray(start, start + 100));
    expect(joined).toEqual(whole);
  },
);
