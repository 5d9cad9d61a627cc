import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, test } from 'vitest';
import { initialParameters } from '../../shared/engine/initialParameters.ts';
import { findModel } from '../../shared/engine/models.ts';
import { fullScheme, layerScheme } from '../../shared/engine/scheme.ts';
import { createWasmTrainer } from '../../shared/engine/wasm/wasmTrainer.ts';
import { encodeBlocks } from '../../shared/protocol/codec.ts';
import type { Assignment } from '../../shared/protocol/messages.ts';
import { wholeBlock } from './testing/blocks.ts';
import { createWorkbench } from './workbench.ts';

const { Memory } = WebAssembly;
afterEach(() => {
  WebAssembly.Memory = Memory;
});

test('fifty re-plans leave one arena', async () => {
  const memories: WeakRef<WebAssembly.Memory>[] = [];
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      memories.push(new WeakRef(this));
    }
  };
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;

  const model = findModel('digits');
  const parameters = initialParameters(model, 1);
  const bench = createWorkbench(model, (plan) => createWasmTrainer(plan));
  for (let index = 0; index < 50; index++) {
    const assignment: Assignment = {
      assignmentId: `test-${index}`,
      baseVersion: index,
      scheme: index % 2 === 0 ? fullScheme(model) : layerScheme(model, ['dense1']),
      localWork: { batch: 16, epochs: 1, maxSteps: 1, learningRate: 0.01 },
      seed: index,
      encoding: { kind: 'float32' },
      blocks: parameters.map((_, tensor) => wholeBlock(tensor, index)),
    };
    const trainer = await bench.prepare(assignment, encodeBlocks(parameters), 4 * 1024 * 1024);
    expect(trainer?.plan.scheme).toEqual(assignment.scheme);
  }
  expect(memories).toHaveLength(50);
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(memories.filter((memory) => memory.deref() !== undefined)).toHaveLength(1);
  await bench.clear();
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  expect(memories.filter((memory) => memory.deref() !== undefined)).toHaveLength(0);
});
