import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, expect, test } from 'vitest';
import { initialParameters } from '../../shared/engine/initialParameters.ts';
import { numParameters, parametersOf, type ModelSpec } from '../../shared/engine/model.ts';
import { findModel } from '../../shared/engine/models.ts';
import {
  fullScheme,
  layerScheme,
  ratioScheme,
  trainedSlices,
  type UpdateScheme,
} from '../../shared/engine/scheme.ts';
import type { TrainingPlan } from '../../shared/engine/plan.ts';
import type { Trainer } from '../../shared/engine/trainer.ts';
import { createWasmTrainer } from '../../shared/engine/wasm/wasmTrainer.ts';
import { modelOfScheme } from '../../shared/engine/schemeModel.ts';
import { gatherStretches } from '../../shared/engine/subnetwork.ts';
import { encodeBlock, formOfBlock } from '../../shared/contract/blockForm.ts';
import { encodeBlocks } from '../../shared/contract/codec.ts';
import type { Assignment, BlockHeader } from '../../shared/contract/messages.ts';
import { formsOf } from '../../shared/contract/schemeForms.ts';
import { wholeBlock } from './testing/blocks.ts';
import { trainedShares } from './trainedShares.ts';
import { nothingHeld, type Holdings } from '../../shared/device/holdings.ts';
import { createWorkbench } from './workbench.ts';

const { Memory } = WebAssembly;
afterEach(() => {
  WebAssembly.Memory = Memory;
});

function assignmentOf(scheme: UpdateScheme, blocks: readonly BlockHeader[]): Assignment {
  return {
    assignmentId: 'a',
    baseVersion: 1,
    scheme,
    localWork: { batch: 16, epochs: 1, maxSteps: 1, learningRate: 0.01 },
    seed: 1,
    encoding: { kind: 'float32' },
    blocks,
  };
}

const cellOf = (model: ModelSpec) => ({ holdings: nothingHeld(parametersOf(model).length) });
const noteTrained = (cell: { holdings: Holdings }): void => {
  cell.holdings = { ...cell.holdings, hasMoved: true };
};

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
  const bench = createWorkbench(model, (plan) => createWasmTrainer(plan), cellOf(model));
  for (let index = 0; index < 50; index++) {
    const scheme = index % 2 === 0 ? fullScheme(model) : layerScheme(model, ['dense1']);
    const assignment = assignmentOf(
      scheme,
      parameters.map((_, tensor) => wholeBlock(tensor, index)),
    );
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

test('a tensor is no finer than what lies around the slice that came of it', async () => {
  const model = findModel('digits');
  const specs = parametersOf(model);
  const parameters = initialParameters(model, 1);
  const scheme = ratioScheme(model, { conv2: 1 / 8 });
  const [slice] = trainedSlices(model, scheme);
  const bench = createWorkbench(model, (plan) => createWasmTrainer(plan), cellOf(model));
  const prepare = (blocks: readonly BlockHeader[]) => {
    const parts = blocks.flatMap(({ tensor, precision, part }) => {
      const form = formOfBlock(specs[tensor]!, part === 'slice' ? slice! : null);
      return [...encodeBlock(parameters[tensor]!, form, precision)];
    });
    const assignment = assignmentOf(scheme, blocks);
    return bench.prepare(assignment, Uint8Array.from(parts).buffer, 4 * 1024 * 1024);
  };
  const { parameter: tensor } = slice!;
  const whole = specs.map((_, index): BlockHeader => wholeBlock(index, 1));
  await prepare(whole.map((block) => (block.tensor === tensor ? { ...block, precision: 'int4' } : block)));
  expect(bench.holding().precisions?.[tensor]).toBe('int4');
  await prepare([{ tensor, version: 1, precision: 'int8', part: 'slice' }]);
  expect(bench.holding().precisions?.[tensor]).toBe('int4');
  await prepare([{ tensor, version: 2, precision: 'int8', part: 'whole' }]);
  expect(bench.holding().precisions?.[tensor]).toBe('int8');
  await bench.clear();
});

test('a provisional trainer is replaced once it has trained, and what the new one lacks is told', async () => {
  const model = findModel('digits');
  const parameters = initialParameters(model, 1);
  let numArenas = 0;
  const create = (plan: TrainingPlan): Trainer => {
    numArenas++;
    return createWasmTrainer(plan);
  };
  const cell = cellOf(model);
  const bench = createWorkbench(model, create, cell, null, () => numArenas === 1);
  const prepare = (tensors: readonly number[]) => {
    const assignment = assignmentOf(
      layerScheme(model, ['dense1']),
      tensors.map((tensor) => wholeBlock(tensor, 1)),
    );
    const message = encodeBlocks(tensors.map((tensor) => parameters[tensor]!));
    return bench.prepare(assignment, message, 4 * 1024 * 1024);
  };
  const first = await prepare([0, 1, 2, 3, 4, 5]);
  expect(await prepare([])).toBe(first);
  noteTrained(cell);
  expect(await prepare([4, 5])).toBeNull();
  expect(bench.holding().held).toEqual([-1, -1, -1, -1, 1, 1]);
  const second = await prepare([0, 1, 2, 3]);
  noteTrained(cell);
  expect([await prepare([4, 5]), numArenas]).toEqual([second, 2]);
  await bench.clear();
});

test('a width slice is a small model of its own, kept while its window moves, void for the whole and back', async () => {
  const model = findModel('digits');
  const parameters = initialParameters(model, 1);
  const sliceAt = (offset: number): UpdateScheme => {
    const width = { ratio: 1 / 4, offset };
    return { width, ...fullScheme(modelOfScheme(model, { width, entries: [] })) };
  };
  let numArenas = 0;
  const bench = createWorkbench(
    model,
    (plan) => {
      numArenas++;
      return createWasmTrainer(plan);
    },
    cellOf(model),
  );
  const prepare = async (scheme: UpdateScheme, tensors: readonly number[]) => {
    const { blocks } = formsOf(model, scheme);
    const values = tensors.map((tensor) => gatherStretches(parameters[tensor]!, blocks[tensor]!.stretches));
    const assignment = assignmentOf(
      scheme,
      tensors.map((tensor) => wholeBlock(tensor, 3)),
    );
    const trainer = await bench.prepare(assignment, encodeBlocks(values), 64 * 1024);
    if (trainer && tensors.length === parameters.length) expect(await trainer.read()).toEqual(values);
    return trainer;
  };
  const all = parameters.map((_, tensor) => tensor);
  const first = (await prepare(sliceAt(0), all))!;
  expect(bench.holding()).toMatchObject({ held: all.map(() => 3), width: { ratio: 1 / 4, offset: 0 } });
  const { trainedShare, layers, widthRatio } = trainedShares(model, first.plan);
  expect(trainedShare).toBeLessThan(0.25);
  expect(widthRatio).toBe(1 / 4);
  const trained = layers.reduce(
    (sum, { trainedShare, numParameters }) => sum + trainedShare * numParameters,
    0,
  );
  expect(trained).toBeCloseTo(trainedShare * numParameters(model), 6);
  // Nothing need come again for the same window; for another all must.
  expect(await prepare(sliceAt(0), [])).toBe(first);
  expect(await prepare(sliceAt(1 / 2), [0, 1])).toBeNull();
  expect(await prepare(sliceAt(1 / 2), all)).toBe(first);
  expect(numArenas).toBe(1);
  await prepare(layerScheme(model, ['dense1']), []).catch(() => null);
  expect(bench.holding().width).toBeUndefined();
  await bench.clear();
});
