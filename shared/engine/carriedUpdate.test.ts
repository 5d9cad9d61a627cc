import { expect, it } from 'vitest';
import { initialParameters } from './initialParameters.ts';
import { findModel } from './models.ts';
import { planTraining } from './planTraining.ts';
import { createReferenceTrainer } from './reference/referenceTrainer.ts';
import { ratioScheme, runsOf, trainedSlices } from './scheme.ts';
import { parametersOf } from './model.ts';
import { createWasmTrainer } from './wasm/wasmTrainer.ts';

const MODEL = findModel('digits');
const SCHEME = ratioScheme(MODEL, { conv2: 1 / 4, dense1: 1 });
const PLAN = planTraining(MODEL, SCHEME, { batch: 4 });
const VALUES = initialParameters(MODEL, 3);

it.each([
  ['reference', createReferenceTrainer],
  ['wasm', createWasmTrainer],
])(
  'what is carried over counts as trained, and the base is what was loaded, on %s',
  async (_name, create) => {
    const trainer = create(PLAN);
    const load = () =>
      trainer.load(
        VALUES.map((_, index) => index),
        VALUES,
      );
    load();
    trainer.beginUpdate();
    // Its own delta, which lies where the base will be.
    const carried = await trainer.finishUpdate();
    carried.forEach((_, i) => (carried[i] = i / 8192));
    trainer.beginUpdate(carried);
    const trained = await trainer.read();
    const delta = await trainer.finishUpdate();
    let packed = 0;
    for (const slice of trainedSlices(MODEL, SCHEME)) {
      const base = VALUES[slice.parameter]!;
      for (const { start, length } of runsOf(parametersOf(MODEL)[slice.parameter]!, slice))
        for (let i = start; i < start + length; i++) {
          expect(trained[slice.parameter]![i]).toBe(Math.fround(base[i]! + packed / 8192));
          expect(delta[packed]).toBeCloseTo(packed / 8192, 6);
          packed++;
        }
    }
    expect(packed).toBe(delta.length);

    load();
    trainer.beginUpdate(Float32Array.from(delta, () => 1));
    trainer.abandonUpdate();
    expect(await trainer.read()).toEqual(VALUES);
  },
);
