import { describe, expect, it } from 'vitest';
import { lifetimesOf, overlapInTime } from './arena/lifetimes.ts';
import { BudgetError } from './errors.ts';
import { findModel, MODELS } from './models.ts';
import type { TrainingPlan } from './plan.ts';
import type { ArenaTensor } from './tensors.ts';
import { AS_IT_IS, leastWindow, type Upload } from './messageRoom.ts';
import { leastDeviceBytes, planFrugally, planTraining } from './planTraining.ts';
import { EMPTY_SCHEME, fullScheme, layerScheme, ratioScheme } from './scheme.ts';
import { heldTensors } from './heldSlices.ts';
import { numParameters } from './model.ts';
import { precisionsOf } from './parameterTransfer.ts';
import { planFor } from './planFor.ts';
import { describeCase, randomCase } from './testing/randomCase.ts';

/** Every pair of tensors that are alive at once: persistent ones with everything, scratch ones by their lifetimes in one program. */
function liveTogether(plan: TrainingPlan): [ArenaTensor, ArenaTensor][] {
  const persistentRoles = ['metrics', 'parameter', 'base', 'accumulator'];
  const isScratch = (id: number) => !persistentRoles.includes(plan.tensors[id]!.role);
  const persistent = plan.tensors.filter((tensor) => !isScratch(tensor.id));
  const pairs: [ArenaTensor, ArenaTensor][] = [];
  persistent.forEach((a, index) => {
    for (const b of persistent.slice(index + 1)) pairs.push([a, b]);
    for (const b of plan.tensors.filter((tensor) => isScratch(tensor.id))) pairs.push([a, b]);
  });
  for (const name of ['train', 'evaluate', 'predict'] as const) {
    const lifetimes = lifetimesOf(
      plan.programs[name],
      plan.io[name],
      isScratch,
      (id) => plan.tensors[id]!.bytes,
    );
    lifetimes.forEach((a, index) => {
      for (const b of lifetimes.slice(index + 1))
        if (overlapInTime(a, b)) pairs.push([plan.tensors[a.id]!, plan.tensors[b.id]!]);
    });
  }
  return pairs;
}

describe('planTraining', () => {
  it('never lets two live tensors overlap, nor any tensor leave the arena', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const theCase = randomCase(seed);
      const { model, scheme, batch, microBatch, form, frozenPrecision, split, recompute } = theCase;
      const plan = planTraining(model, scheme, {
        batch,
        microBatch,
        form,
        frozenPrecision,
        split,
        recompute,
      });
      for (const [a, b] of liveTogether(plan))
        expect(
          a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset,
          `${a.name} and ${b.name}; ${describeCase(theCase)}`,
        ).toBe(true);
      for (const tensor of plan.tensors)
        expect(tensor.offset + tensor.bytes).toBeLessThanOrEqual(plan.arenaBytes);
    }
  });

  it('stays within 8 % of the lower bound over random models, 2 % in the median', () => {
    const ratios: number[] = [];
    for (const model of MODELS)
      for (const microBatch of [1, 4, 16])
        for (const form of microBatch === 16
          ? (['whole'] as const)
          : (['accumulating', 'immediate'] as const)) {
          const plan = planTraining(model, fullScheme(model), { batch: 16, microBatch, form });
          ratios.push(plan.stepBytes / plan.lowerBoundBytes);
        }
    ratios.sort((a, b) => a - b);
    expect(ratios[ratios.length >> 1]).toBeLessThanOrEqual(1.02);
    expect(ratios.at(-1)).toBeLessThanOrEqual(1.08);
    expect(ratios[0]).toBeGreaterThanOrEqual(1);
  });

  it('keeps the base copies contiguous in scheme order: the region is the payload', () => {
    const model = findModel('small-cnn');
    const plan = planTraining(model, layerScheme(model, ['conv1', 'dense2']), { batch: 4 });
    let end = plan.tensors[plan.baseIds[0]!]!.offset;
    for (const id of plan.baseIds) {
      expect(plan.tensors[id]!.offset).toBe(end);
      end += plan.tensors[id]!.bytes;
    }
    expect(plan.transferOffset).toBeLessThanOrEqual(plan.tensors[plan.baseIds[0]!]!.offset);
    expect(plan.transferOffset + plan.transferBytes).toBeLessThanOrEqual(plan.arenaBytes);
  });

  it('keeps room for a window in place of a whole message, so that a slice of a large layer takes little more than the layer', () => {
    const model = findModel('small-cnn');
    const least = (share: number, upload?: Upload) =>
      leastDeviceBytes(model, ratioScheme(model, { dense1: share }), 16, upload) / 1024;
    // Of a message as long as the parameters, each of them would need 796 KiB or more.
    expect(least(1 / 16)).toBeLessThan(445);
    expect(least(1 / 4)).toBeLessThan(519);
    expect(least(1 / 2)).toBeLessThan(617);
    const plan = planFrugally(model, ratioScheme(model, { dense1: 1 / 16 }), 16);
    expect(plan.transferBytes).toBe(plan.arenaBytes - plan.transferOffset);
  });

  it('keeps room for what goes up beside the delta, and for what stays of it beside a window', () => {
    const model = findModel('mlp');
    const scheme = layerScheme(model, ['dense2']);
    const plan = (upload: Upload) => planFrugally(model, scheme, 16, upload);
    const sizes = plan(AS_IT_IS).baseIds.map((id) => plan(AS_IT_IS).tensors[id]!.size);
    const deltaBytes = 4 * sizes.reduce((sum, size) => sum + size, 0);
    for (const bytes of [0, 100_000, 1_000_000]) {
      const told: (readonly number[])[] = [];
      const messageBytes = (of: readonly number[]) => (told.push(of), bytes);
      expect(plan({ messageBytes, keepsRest: false }).transferBytes).toBeGreaterThanOrEqual(
        deltaBytes + bytes,
      );
      expect(told[0]).toEqual(sizes);
    }
    const window = leastWindow([], 1_000_000);
    expect(plan({ messageBytes: () => 0, keepsRest: true }).transferBytes).toBeGreaterThanOrEqual(
      deltaBytes + window,
    );
    expect(plan({ messageBytes: () => 1_000_000, keepsRest: false }).deviceBytes).toBeGreaterThan(
      plan(AS_IT_IS).deviceBytes,
    );
  });

  it('fits the sensor of the demo with parts of the model, and with the whole of it in no form', () => {
    const model = findModel('digits');
    const budgetBytes = 192 * 1024;
    const attempt = (layers: readonly string[]) =>
      planTraining(model, layerScheme(model, layers), { batch: 16, budgetBytes });
    expect(() => planTraining(model, fullScheme(model), { batch: 16, budgetBytes })).toThrow(BudgetError);
    for (const layers of [['dense1'], ['conv2'], ['conv1', 'conv2']])
      expect(attempt(layers).deviceBytes).toBeLessThanOrEqual(budgetBytes);
  });

  it('names the smallest budget that would do, and that budget does', () => {
    const model = findModel('digits');
    let error: unknown;
    try {
      planTraining(model, fullScheme(model), { batch: 16, budgetBytes: 100_000 });
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(BudgetError);
    const { smallestBudgetBytes } = error as BudgetError;
    const options = { batch: 16, budgetBytes: smallestBudgetBytes };
    expect(planTraining(model, fullScheme(model), options).deviceBytes).toBe(smallestBudgetBytes);
    const tooSmall = { batch: 16, budgetBytes: smallestBudgetBytes - 1 };
    expect(() => planTraining(model, fullScheme(model), tooSmall)).toThrow(BudgetError);
  });

  it('prefers the whole batch, then an exact form, then the largest immediate micro-batch', () => {
    const model = findModel('digits');
    const formAt = (budgetBytes: number) => {
      const { form, microBatch } = planTraining(model, fullScheme(model), { batch: 16, budgetBytes });
      return `${form} ${microBatch}`;
    };
    expect(formAt(2 ** 21)).toBe('whole 16');
    expect(formAt(800 * 1024)).toBe('accumulating 8');
    expect(formAt(256 * 1024)).toMatch(/^immediate/);
  });

  it('holds a slice apart, at any offset, where nothing else fits, and says what it rounds', () => {
    const model = findModel('small-cnn');
    const whole = fullScheme(model).entries;
    const sliceOf = (from: number) => ({
      entries: whole.map((entry) =>
        entry.tensor === 'dense1.weight' ? { ...entry, output: [from, from + 4] as const } : entry,
      ),
    });
    const unsplit = { batch: 16, split: false, form: 'immediate', microBatch: 1 } as const;
    const least = planTraining(model, sliceOf(60), unsplit).deviceBytes;
    expect(planTraining(model, sliceOf(60), { batch: 16, budgetBytes: least }).split).toBe(false);
    for (const from of [0, 20, 60]) {
      const { plan, report } = planFor(model, 320 * 1024, { scheme: sliceOf(from) });
      expect([plan.split, plan.frozenPrecision]).toEqual([true, 'int8']);
      expect(report).toContain('what is not trained of "dense1.weight" in int8');
      expect(precisionsOf(plan).filter((precision) => precision !== 'float32')).toEqual(['int8']);
      const bytes = heldTensors(plan).reduce((sum, tensor) => sum + tensor.bytes, 0);
      // Slice and rest in place of the whole in float32.
      const saved = 3 * 1568 * 64 - 64 * 4 - 4 * 1568 * 4;
      expect(bytes).toBe(4 * numParameters(model) - saved);
    }
    // Whatever is trained whole, or over a part of the inputs, is held as before.
    expect(planTraining(model, fullScheme(model), { batch: 16, split: true }).split).toBe(false);
    const inputs = { entries: [{ tensor: 'dense1.weight', output: [0, 64], input: [0, 100] }] } as const;
    expect(planTraining(model, inputs, { batch: 16, split: true }).split).toBe(false);
  });

  it('saves nothing for what is frozen and stops the backward pass at the first trained layer', () => {
    const model = findModel('digits');
    const head = planTraining(model, layerScheme(model, ['dense1']), { batch: 4 });
    expect(head.programs.train.map((op) => op.kind)).toEqual([
      'clear',
      'clear',
      'conv2d',
      'conv2d',
      'dense',
      'softmaxCrossEntropy',
      'denseWeightGrad',
      'biasGrad',
    ]);
    expect(head.tensors.some((tensor) => tensor.name.startsWith('train') && tensor.role === 'argmax')).toBe(
      false,
    );
    expect(planTraining(model, EMPTY_SCHEME, { batch: 4 }).programs.train).toEqual([]);
  });

  it('refuses what cannot work, naming the layer, tensor or option', () => {
    const digits = findModel('digits');
    expect(() => planTraining(digits, fullScheme(digits), { batch: 0 })).toThrow(
      'batch must be an integer >= 1, got 0',
    );
    expect(() => planTraining(digits, fullScheme(digits), { batch: 4, microBatch: 8 })).toThrow(
      'microBatch must be at most batch (4), got 8',
    );
    expect(() =>
      planTraining(digits, fullScheme(digits), { batch: 4, microBatch: 2, form: 'whole' }),
    ).toThrow(RangeError);
    expect(() =>
      planTraining(digits, { entries: [{ tensor: 'nope', output: [0, 1], input: [0, 1] }] }, { batch: 4 }),
    ).toThrow('the model has no tensor "nope"');
    const ranged = { entries: [{ tensor: 'conv2.bias', output: [8, 40], input: [0, 1] }] } as const;
    expect(() => planTraining(digits, ranged, { batch: 4 })).toThrow(
      'scheme: "conv2.bias" output range must lie in [0, 32) and not be empty, got [8, 40)',
    );
    const options = { batch: 4, optimizer: { momentum: 0.9 }, form: 'immediate', microBatch: 2 } as const;
    expect(() => planTraining(digits, fullScheme(digits), options)).toThrow('so momentum must be 0');
    expect(() => planTraining(digits, fullScheme(digits), { batch: 4, optimizer: { momentum: 1 } })).toThrow(
      'momentum must be in [0, 1), got 1',
    );
    const cycle = {
      ...digits,
      layers: [
        { kind: 'dense', name: 'd', units: 3, inputs: ['later'] },
        { kind: 'relu', name: 'later' },
      ],
    } as const;
    expect(() => planTraining(cycle, EMPTY_SCHEME, { batch: 4 })).toThrow(
      'layer "d" reads "later", which does not come before it',
    );
    const unflattened = { ...digits, layers: [{ kind: 'dense', name: 'd', units: 3 }] } as const;
    expect(() => planTraining(unflattened, EMPTY_SCHEME, { batch: 4 })).toThrow(
      'layer "d" (dense): put a flatten layer before it',
    );
    const tooDeep = {
      ...digits,
      layers: [
        { kind: 'maxPool2d', name: 'p', size: 15, stride: 1 },
        { kind: 'maxPool2d', name: 'q', size: 15, stride: 1 },
      ],
    } as const;
    expect(() => planTraining(tooDeep, EMPTY_SCHEME, { batch: 4 })).toThrow(
      'layer "q" (maxPool2d) leaves nothing of its input [14, 14, 1]',
    );
    const huge = { ...digits, input: [40000], layers: [{ kind: 'dense', name: 'd', units: 40000 }] } as const;
    expect(() => planTraining(huge, fullScheme(huge), { batch: 1 })).toThrow('more than the 4294967296');
  });
});
