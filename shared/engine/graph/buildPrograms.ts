// Differentiation for a scheme: stages become op lists over tensors that have no place yet.
// Only what the scheme needs exists: the backward pass stops at the first trained stage, frozen stages save nothing.

import { parametersOf, type ModelSpec } from '../model.ts';
import type { GradientTarget, Layout, MicroBatchForm, Op, ProgramIo, Programs } from '../plan.ts';
import { schemeTensors, type UpdateScheme } from '../scheme.ts';
import { compactLayout, convGradientLayout, convInputLayout, isCompact, sameLayout } from './layout.ts';
import { endsInRelu, lowerModel, type Stage } from './stages.ts';
import { createTensorTable, type TensorTable, type UnplacedTensor } from './tensorTable.ts';

export interface Graph {
  readonly tensors: readonly UnplacedTensor[];
  readonly programs: Programs;
  readonly io: { readonly train: ProgramIo; readonly evaluate: ProgramIo; readonly predict: ProgramIo };
  readonly parameterIds: readonly number[];
  readonly baseIds: readonly number[];
  readonly metricsId: number;
}

/** Op lists of one micro-batch for training under the scheme, evaluation and prediction. */
export function buildPrograms(
  model: ModelSpec,
  scheme: UpdateScheme,
  microBatch: number,
  form: MicroBatchForm,
): Graph {
  const stages = lowerModel(model);
  const parameters = parametersOf(model);
  const trained = schemeTensors(model, scheme);
  const table = createTensorTable(microBatch);

  const metricsId = table.persistent('metrics', 'metrics', 2);
  const parameterIds = parameters.map((parameter) =>
    table.persistent('parameter', parameter.name, parameter.size),
  );
  const baseIds = trained.map((index) =>
    table.persistent('base', `${parameters[index]!.name}.base`, parameters[index]!.size),
  );
  const targets = new Map<number, GradientTarget>();
  const apply: Op[] = [];
  for (const index of trained) {
    const weight = parameterIds[index]!;
    if (form === 'accumulating') {
      const { name, size } = parameters[index]!;
      const accumulator = table.persistent('accumulator', `${name}.accumulator`, size);
      targets.set(index, { kind: 'accumulate', accumulator });
      apply.push({ kind: 'applyAccumulator', accumulator, weight });
    } else {
      targets.set(index, { kind: 'sgd', weight });
    }
  }

  const context: Context = { stages, parameterIds, targets, metricsId, table };
  const train =
    trained.length > 0 ? trainProgram(context) : { ops: [], io: { input: -1, labels: -1, logits: -1 } };
  const evaluate = forwardProgram(context, 'evaluate');
  const predict = forwardProgram(context, 'predict');
  return {
    tensors: table.tensors,
    programs: { train: train.ops, apply, evaluate: evaluate.ops, predict: predict.ops },
    io: { train: train.io, evaluate: evaluate.io, predict: predict.io },
    parameterIds,
    baseIds,
    metricsId,
  };
}

interface Context {
  readonly stages: readonly Stage[];
  readonly parameterIds: readonly number[];
  /** By parameter index; absent = frozen. */
  readonly targets: ReadonlyMap<number, GradientTarget>;
  readonly metricsId: number;
  readonly table: TensorTable;
}

interface Program {
  readonly ops: Op[];
  readonly io: ProgramIo;
}

/** What the forward pass leaves for the backward pass: `values[i]` is the input of stage i. */
interface Forward {
  readonly values: number[];
  readonly argmaxes: (number | null)[];
  readonly masks: (number | null)[];
}

interface Needs {
  argmax(stage: number): boolean;
  mask(stage: number): boolean;
}

const NEEDS_NOTHING: Needs = { argmax: () => false, mask: () => false };

function forwardProgram(context: Context, name: 'evaluate' | 'predict'): Program {
  const ops: Op[] = [];
  const { values } = forward(context, ops, name, NEEDS_NOTHING);
  const logits = values.at(-1)!;
  if (name === 'predict') {
    ops.push({ kind: 'softmax', logits });
    return { ops, io: { input: values[0]!, labels: -1, logits } };
  }
  const labels = context.table.scratch('labels', 'evaluate.labels', 'uint8', null, 1);
  ops.push({ kind: 'softmaxCrossEntropy', logits, labels, metrics: context.metricsId, gradient: false });
  return { ops, io: { input: values[0]!, labels, logits } };
}

function trainProgram(context: Context): Program {
  const { stages, table, targets } = context;
  const isTrained = (stage: Stage) =>
    'weight' in stage && (targets.has(stage.weight) || targets.has(stage.bias));
  const first = stages.findIndex(isTrained);
  /** The stage's input is kept for its weight gradient. */
  const savesInput = (index: number) => {
    const stage = stages[index];
    return stage !== undefined && 'weight' in stage && targets.has(stage.weight);
  };
  const passesRelu = (index: number) => {
    const stage = stages[index]!;
    const takenOverByPool = stages[index + 1]?.kind === 'pool';
    return index >= first && (stage.kind === 'relu' ? index > first : endsInRelu(stage)) && !takenOverByPool;
  };
  /** The layout in which stage `index` wants the gradient of its output. */
  const wantedLayout = (index: number): Layout => {
    const stage = stages[index]!;
    if (stage.kind === 'conv' && !stage.pool && index > first) return convGradientLayout(stage);
    if (stage.kind === 'relu' && index > first) return wantedLayout(index - 1);
    return compactLayout(stage.output);
  };
  const ops: Op[] = [];
  const { values, argmaxes, masks } = forward(context, ops, 'train', {
    argmax: (index) => (stages[index]!.kind === 'pool' ? index > first : index >= first),
    mask: (index) => passesRelu(index) && !savesInput(index + 1) && isCompact(wantedLayout(index)),
  });
  const logits = values.at(-1)!;
  const labels = table.scratch('labels', 'train.labels', 'uint8', null, 1);
  ops.push({ kind: 'softmaxCrossEntropy', logits, labels, metrics: context.metricsId, gradient: true });

  const newGradient = (name: string, layout: Layout, scattered: boolean): number => {
    const id = table.scratch('gradient', name, 'float32', layout, 1);
    if (scattered || layout.step > 1) ops.push({ kind: 'clear', x: id, what: 'all' });
    else if (!isCompact(layout)) ops.push({ kind: 'clear', x: id, what: 'border' });
    return id;
  };

  let gradient = logits;
  let layout = compactLayout(stages.at(-1)!.output);
  for (let index = stages.length - 1; index >= first; index--) {
    const stage = stages[index]!;
    const x = values[index]!;
    const name = `train.gradient${index}`;
    const wanted = wantedLayout(index);
    if (!sameLayout(layout, wanted)) {
      const copied = newGradient(`${name}.padded`, wanted, false);
      ops.push({ kind: 'copy', x: gradient, y: copied });
      [gradient, layout] = [copied, wanted];
    }
    if (passesRelu(index)) {
      const mask = masks[index] ?? null;
      ops.push({
        kind: 'reluGrad',
        dy: gradient,
        source: mask ?? values[index + 1]!,
        form: mask === null ? 'value' : 'bits',
      });
    }
    const passesOn = index > first;
    const before = passesOn ? wantedBefore(stage, () => wantedLayout(index - 1)) : null;
    switch (stage.kind) {
      case 'dense': {
        const dy = gradient;
        if (before) {
          gradient = newGradient(name, before, false);
          layout = before;
          ops.push({ kind: 'denseInputGrad', dy, weight: context.parameterIds[stage.weight]!, dx: gradient });
        }
        const weightTarget = targets.get(stage.weight);
        if (weightTarget) ops.push({ kind: 'denseWeightGrad', x, dy, target: weightTarget });
        const biasTarget = targets.get(stage.bias);
        if (biasTarget) ops.push({ kind: 'biasGrad', dy, target: biasTarget });
        break;
      }
      case 'conv': {
        let dy = gradient;
        if (stage.pool) {
          dy = newGradient(
            `${name}.convolved`,
            passesOn ? convGradientLayout(stage) : compactLayout(stage.convolved),
            true,
          );
          ops.push({
            kind: 'maxPool2dGrad',
            dy: gradient,
            argmax: argmaxes[index]!,
            dx: dy,
            size: 2,
            stride: 2,
          });
        }
        if (before) {
          gradient = newGradient(name, before, false);
          layout = before;
          const weight = context.parameterIds[stage.weight]!;
          ops.push({ kind: 'conv2dInputGrad', dy, weight, dx: gradient, geometry: stage.geometry });
        }
        const weightTarget = targets.get(stage.weight);
        if (weightTarget)
          ops.push({ kind: 'conv2dWeightGrad', x, dy, target: weightTarget, geometry: stage.geometry });
        const biasTarget = targets.get(stage.bias);
        if (biasTarget) ops.push({ kind: 'biasGrad', dy, target: biasTarget });
        break;
      }
      case 'pool': {
        const dy = gradient;
        gradient = newGradient(name, before!, true);
        layout = before!;
        ops.push({
          kind: 'maxPool2dGrad',
          dy,
          argmax: argmaxes[index]!,
          dx: gradient,
          size: stage.size,
          stride: stage.stride,
        });
        break;
      }
      case 'relu':
        break;
    }
  }
  return { ops, io: { input: values[0]!, labels, logits } };
}

/** The layout in which a stage can write the gradient of its input: dense writes flat rows only, all others what is wanted. */
function wantedBefore(stage: Stage, wanted: () => Layout): Layout {
  return stage.kind === 'dense' ? compactLayout(wantedShape(wanted())) : wanted();
}

function wantedShape(layout: Layout): readonly [number, number, number] {
  return [layout.height, layout.width, layout.channels];
}

function forward(context: Context, ops: Op[], program: string, needs: Needs): Forward {
  const { stages, table, parameterIds } = context;
  /** Value `index` lies as its next reader wants it; an in-place relu leaves that to the one after it. */
  const valueLayout = (index: number): Layout => {
    let reader = index;
    while (stages[reader]?.kind === 'relu') reader++;
    const stage = stages[reader];
    if (stage?.kind === 'conv') return convInputLayout(stage);
    return compactLayout(index === 0 ? stages[0]!.input : stages[index - 1]!.output);
  };
  const newValue = (index: number, role: 'input' | 'activation'): number => {
    const layout = valueLayout(index);
    const id = table.scratch(role, `${program}.value${index}`, 'float32', layout, 1);
    if (!isCompact(layout)) ops.push({ kind: 'clear', x: id, what: 'border' });
    return id;
  };
  const newArgmax = (index: number): number | null =>
    needs.argmax(index)
      ? table.scratch('argmax', `${program}.argmax${index}`, 'uint8', compactLayout(stages[index]!.output), 1)
      : null;

  const values = [newValue(0, 'input')];
  const argmaxes: (number | null)[] = [];
  const masks: (number | null)[] = [];
  stages.forEach((stage, index) => {
    const x = values[index]!;
    let argmax: number | null = null;
    let y = x;
    if (stage.kind === 'relu') {
      ops.push({ kind: 'relu', x });
    } else {
      y = newValue(index + 1, 'activation');
      argmax = stage.kind === 'pool' || (stage.kind === 'conv' && stage.pool) ? newArgmax(index) : null;
    }
    switch (stage.kind) {
      case 'conv': {
        const [weight, bias] = [parameterIds[stage.weight]!, parameterIds[stage.bias]!];
        const pool = stage.pool ? { argmax } : null;
        ops.push({ kind: 'conv2d', x, weight, bias, y, geometry: stage.geometry, relu: stage.relu, pool });
        break;
      }
      case 'dense':
        ops.push({
          kind: 'dense',
          x,
          weight: parameterIds[stage.weight]!,
          bias: parameterIds[stage.bias]!,
          y,
          relu: stage.relu,
        });
        break;
      case 'pool':
        ops.push({
          kind: 'maxPool2d',
          x,
          y,
          size: stage.size,
          stride: stage.stride,
          argmax,
          relu: stage.relu,
        });
        break;
      case 'relu':
        break;
    }
    values.push(y);
    argmaxes.push(argmax);
    const layout = valueLayout(index + 1);
    if (isCompact(layout) && needs.mask(index)) {
      const mask = table.scratch('mask', `${program}.mask${index}`, 'uint8', layout, 1 / 8);
      ops.push({ kind: 'packMask', x: y, mask });
      masks.push(mask);
    } else {
      masks.push(null);
    }
  });
  return { values, argmaxes, masks };
}
