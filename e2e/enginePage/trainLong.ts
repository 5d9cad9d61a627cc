// A long training in WebAssembly, watched for growth of the memory and of the JavaScript heap.

import { initialParameters } from '../../shared/engine/initialParameters.ts';
import { findModel } from '../../shared/engine/models.ts';
import { PAGE_BYTES, planTraining } from '../../shared/engine/planTraining.ts';
import { fullScheme } from '../../shared/engine/scheme.ts';
import { detectVariant } from '../../shared/engine/wasm/detectVariant.ts';
import { createWasmTrainer } from '../../shared/engine/wasm/wasmTrainer.ts';

export interface LongRun {
  readonly declaredBytes: number;
  readonly deviceBytes: number;
  /** Every length that the memory had. */
  readonly lengths: readonly number[];
  /** Of the JavaScript heap, garbage collected. */
  readonly grownBytes: number;
}

/** Trains `small-cnn` within a budget in WebAssembly and looks at the memory after each step, at the heap at both ends. */
export function trainLong(budgetBytes: number, steps: number): LongRun {
  const model = findModel('small-cnn');
  const plan = planTraining(model, fullScheme(model), { batch: 16, budgetBytes });
  const inputs = new Uint8Array(16 * 784).map((_, index) => (index * 37) % 256);
  const samples = {
    inputs,
    labels: new Uint8Array(16).map((_, index) => index % 10),
    count: 16,
    scale: 1 / 255,
  };
  const trainer = createWasmTrainer(plan, detectVariant());
  const parameters = initialParameters(model, 1);
  trainer.load([...parameters.keys()], parameters);
  trainer.beginUpdate();
  const lengths = new Set<number>();
  const train = (count: number) => {
    for (let step = 0; step < count; step++) {
      trainer.step(samples, 0.001);
      lengths.add(trainer.transferBuffer().buffer.byteLength);
    }
  };
  train(200);
  const before = heapBytes();
  train(steps);
  const grownBytes = heapBytes() - before;
  trainer.dispose();
  return {
    declaredBytes: plan.pages * PAGE_BYTES,
    deviceBytes: plan.deviceBytes,
    lengths: [...lengths],
    grownBytes,
  };
}

/** JavaScript heap in use after a collection (Chromium tells pages, not Workers); needs --expose-gc and --enable-precise-memory-info. */
function heapBytes(): number {
  const { gc, performance } = globalThis as unknown as {
    gc: () => void;
    performance: { memory: { usedJSHeapSize: number } };
  };
  gc();
  gc();
  return performance.memory.usedJSHeapSize;
}
