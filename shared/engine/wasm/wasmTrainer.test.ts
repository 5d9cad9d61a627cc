import { setFlagsFromString } from 'node:v8';
import { describe, it } from 'vitest';
import { describeTrainer } from '../testing/trainerContract.ts';
import { canRun } from './detectVariant.ts';
import { createWasmTrainer } from './wasmTrainer.ts';

// Node 20 has relaxed SIMD behind a flag.
setFlagsFromString('--experimental-wasm-relaxed-simd');

for (const variant of ['scalar', 'simd', 'relaxed'] as const) {
  if (canRun(variant)) {
    describeTrainer(`wasm-${variant}`, (plan) => createWasmTrainer(plan, variant));
  } else {
    describe.skip(`trainer contract: wasm-${variant} (this machine's WebAssembly lacks it)`, () => {
      it('is skipped', () => {});
    });
  }
}
