import { setFlagsFromString } from 'node:v8';
import { describe, expect, it } from 'vitest';
import { initialParameters } from '../initialParameters.ts';
import { findModel } from '../models.ts';
import { planTraining } from '../planTraining.ts';
import { fullScheme } from '../scheme.ts';
import { canRun } from './detectVariant.ts';
import { tuneTile } from './tuneTile.ts';
import { createWasmTrainer } from './wasmTrainer.ts';

// Node 20 has relaxed SIMD behind a flag.
setFlagsFromString('--experimental-wasm-relaxed-simd');

const DEFAULT = { rows: 4, columns: 8 };

/** A clock by which the turns of each round of three take so long; it is read before the race twice and after each turn. */
function scripted(turnMs: readonly [number, number, number]): () => number {
  let [time, readings] = [0, 0];
  return () => {
    if (++readings > 2) time += turnMs[readings % 3]!;
    return time;
  };
}

describe('tuneTile', () => {
  it('takes the tile that is clearly faster', () => {
    expect(tuneTile({ variant: 'simd', now: scripted([1, 0.8, 0.95]) })).toEqual({ rows: 4, columns: 16 });
    expect(tuneTile({ variant: 'simd', now: scripted([1, 0.8, 0.7]) })).toEqual({ rows: 8, columns: 8 });
  });

  it('stays with the default where nothing is clearly better, or too good to be true', () => {
    expect(tuneTile({ variant: 'simd', now: scripted([1, 0.95, 1.2]) })).toEqual(DEFAULT);
    expect(tuneTile({ variant: 'simd', now: scripted([1, 0.3, 1.2]) })).toEqual(DEFAULT);
    expect(tuneTile({ variant: 'scalar', now: scripted([1, 0.8, 0.8]) })).toEqual(DEFAULT);
  });

  it('stays with the default where the machine is too busy for three turns of each', () => {
    expect(tuneTile({ variant: 'simd', now: scripted([10, 8, 7]) })).toEqual(DEFAULT);
  });
});

describe('a register tile', () => {
  it('changes no bit of what is trained', async () => {
    const model = findModel('digits');
    const plan = planTraining(model, fullScheme(model), { batch: 5 });
    const parameters = initialParameters(model, 4);
    const inputs = Float32Array.from({ length: 5 * 784 }, (_, index) => Math.sin(index * 0.7));
    for (const variant of ['scalar', 'simd', 'relaxed'] as const) {
      if (!canRun(variant)) continue;
      const deltas: Float32Array[] = [];
      for (const [rows, columns] of [
        [4, 8],
        [4, 16],
        [8, 8],
        [3, 12],
        [1, 4],
      ] as const) {
        const trainer = createWasmTrainer(plan, variant, { rows, columns });
        trainer.load([...parameters.keys()], parameters);
        trainer.beginUpdate();
        trainer.step({ inputs, labels: Uint8Array.of(1, 2, 3, 4, 5), count: 5 }, 0.1);
        deltas.push((await trainer.finishUpdate()).slice());
        trainer.dispose();
      }
      expect(deltas[0]!.some((value) => value !== 0)).toBe(true);
      for (const delta of deltas.slice(1)) expect(delta).toEqual(deltas[0]);
    }
  });
});
