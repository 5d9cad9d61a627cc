// The programs of a plan as op lists over tensors that have no place yet: training under a scheme, evaluation, prediction.

import type { SampleShape, ImageShape } from '../shapes.ts';
import { numOutputs, parametersOf, type ModelSpec } from '../model.ts';
import type { GradientTarget } from '../ops/gradientTarget.ts';
import type { Op } from '../ops/ops.ts';
import type { MicroBatchForm, OptimizerSpec, ProgramIo, Programs } from '../plan.ts';
import type { Precision } from '../tensors.ts';
import { lengthOf } from '../range.ts';
import { extentsOf, trainedSlices, type TrainedSlice, type UpdateScheme } from '../scheme.ts';
import { canHoldApart, encodableWeights, PRECISION_OF_REST } from './apartSlices.ts';
import { backwardPass } from './backwardPass.ts';
import { backwardNeeds, type TrainedParameter } from './backwardNeeds.ts';
import { forwardPass, NEEDS_NOTHING } from './forwardPass.ts';
import { fusedValues } from './fusedValues.ts';
import { isCompact } from './layout.ts';
import { recomputableValues } from './recomputation.ts';
import { lowerModel } from './lowerModel.ts';
import type { Stage } from './stage.ts';
import type { ApartSlice } from './stageKind.ts';
import { createTensorTable, type TensorTable, type UnplacedTensor } from './tensorTable.ts';
import { useOfValues, type ValueUse } from './valueUse.ts';

export interface Graph {
  readonly tensors: readonly UnplacedTensor[];
  readonly programs: Programs;
  readonly io: { readonly train: ProgramIo; readonly evaluate: ProgramIo; readonly predict: ProgramIo };
  readonly parameterIds: readonly number[];
  readonly trainedIds: readonly number[];
  readonly baseIds: readonly number[];
  readonly metricsId: number;
  /** Whether there is anything that the backward pass makes again. */
  readonly recomputes: boolean;
  /** Whether any slice is held apart. */
  readonly splits: boolean;
}

export interface GraphOptions {
  readonly batch: number;
  readonly microBatch: number;
  readonly form: MicroBatchForm;
  readonly frozenPrecision: Precision;
  /** Holds trained slices apart where that saves memory. */
  readonly split: boolean;
  /** Drops what the backward pass can cheaply make again. */
  readonly recompute: boolean;
  readonly optimizer: OptimizerSpec;
}

interface Context {
  readonly model: ModelSpec;
  readonly stages: readonly Stage[];
  readonly table: TensorTable;
  readonly parameterIds: readonly number[];
  readonly apart: ReadonlyMap<number, ApartSlice>;
  readonly metricsId: number;
}

interface Program {
  readonly ops: Op[];
  readonly io: ProgramIo;
}

/** Op lists of one micro-batch, and of what runs once a batch. */
export function buildPrograms(model: ModelSpec, scheme: UpdateScheme, options: GraphOptions): Graph {
  const parameters = parametersOf(model);
  const slices = trainedSlices(model, scheme);
  const table = createTensorTable(options.microBatch, options.batch);
  const metricsId = table.persistent('metrics', 'metrics', 2);
  const stages = lowerModel(model);
  const trainedParameters = new Set(slices.map(({ parameter }) => parameter));
  const encodable = encodableWeights(stages);
  const apartSlices = options.split
    ? slices.filter((slice) => {
        const { parameter } = slice;
        return encodable.has(parameter) && canHoldApart(parameters[parameter]!, slice);
      })
    : [];
  const split = new Set(apartSlices.map(({ parameter }) => parameter));
  function precisionOf(index: number): Precision {
    if (split.has(index)) return PRECISION_OF_REST;
    return encodable.has(index) && !trainedParameters.has(index) ? options.frozenPrecision : 'float32';
  }
  const parameterIds = parameters.map((parameter, index) =>
    table.parameter(parameter.name, parameter.size, extentsOf(parameter), precisionOf(index)),
  );
  const apart = new Map(
    apartSlices.map(({ parameter, size, outputs }) => {
      const spec = parameters[parameter]!;
      const matrix = { ...extentsOf(spec), outputs: lengthOf(outputs) };
      return [parameter, { id: table.parameter(`${spec.name}.slice`, size, matrix, 'float32'), outputs }];
    }),
  );
  const trainedIds = slices.map(({ parameter }) => apart.get(parameter)?.id ?? parameterIds[parameter]!);
  const baseIds = slices.map(({ parameter, size }) =>
    table.persistent('base', `${parameters[parameter]!.name}.base`, size),
  );
  const context = { model, stages, table, parameterIds, apart, metricsId };
  const use = useOfValues(stages, imageShape(model.input), () => false);
  const isDeferred = deferral(use, trainedParameters, options);
  const deferredParameters = new Set(
    stages.flatMap((stage) => (isDeferred(stage) && 'weight' in stage ? [stage.weight, stage.bias] : [])),
  );
  const optimizers = slices.map((slice, entry) => {
    const { parameter, size } = slice;
    const adds = options.form === 'accumulating' || options.form === 'deferred';
    const keepsSum = (adds && !deferredParameters.has(parameter)) || options.optimizer.momentum > 0;
    const accumulator = keepsSum
      ? table.persistent('accumulator', `${parameters[parameter]!.name}.accumulator`, size)
      : null;
    return optimize(slice, trainedIds[entry]!, apart.has(parameter), baseIds[entry]!, accumulator, options);
  });
  const trained = new Map(slices.map(({ parameter }, entry) => [parameter, optimizers[entry]!]));
  const train = slices.length > 0 ? trainProgram(context, use, trained, isDeferred, options) : NO_PROGRAM;
  const evaluate = forwardProgram(context, 'evaluate');
  const predict = forwardProgram(context, 'predict');
  return {
    tensors: table.tensors,
    programs: {
      begin: optimizers.flatMap(({ begin }) => begin),
      train: train.ops,
      apply: [...train.deferred, ...optimizers.flatMap(({ apply }) => apply)],
      evaluate: evaluate.ops,
      predict: predict.ops,
    },
    io: { train: train.io, evaluate: evaluate.io, predict: predict.io },
    parameterIds,
    trainedIds,
    baseIds,
    metricsId,
    recomputes: train.recomputes,
    splits: apart.size > 0,
  };
}

const NO_PROGRAM = { ops: [], deferred: [], recomputes: false, io: { input: -1, labels: -1, logits: -1 } };

/**
 * Which stages defer their parameter gradients: in that form, dense layers whose weight is trained and whose input the
 * model computes (a batch of the model's own inputs is not kept).
 */
function deferral(
  use: ValueUse,
  trained: ReadonlySet<number>,
  { form }: GraphOptions,
): (stage: Stage) => boolean {
  if (form !== 'deferred') return () => false;
  return (stage) => stage.kind === 'dense' && trained.has(stage.weight) && use.home(stage.reads[0]!) !== 0;
}

/** How one trained slice moves: what happens before a batch, at its gradient, and after the batch. */
function optimize(
  { inputs, outputs }: TrainedSlice,
  weight: number,
  isApart: boolean,
  base: number,
  accumulator: number | null,
  { form, optimizer }: GraphOptions,
): TrainedParameter & { readonly begin: readonly Op[]; readonly apply: readonly Op[] } {
  const { momentum, weightDecay: decay, proximal } = optimizer;
  /** Within the tensor that holds it. */
  const slice = { inputs, outputs: isApart ? ([0, lengthOf(outputs)] as const) : outputs };
  const baseOrNone = proximal > 0 ? base : null;
  const decays = decay > 0 || proximal > 0;
  const decayWeight = (perMicroBatch: boolean): Op[] =>
    decays
      ? [{ kind: 'decayWeight', weight, base: baseOrNone, decay, proximal, perMicroBatch, ...slice }]
      : [];
  if (accumulator === null) {
    const target: GradientTarget = {
      kind: 'sgd',
      weight,
      inputs,
      outputs,
      ...(isApart ? { isApart } : {}),
    };
    return { target, before: decayWeight(form === 'immediate'), begin: [], apply: [] };
  }
  const target: GradientTarget = { kind: 'accumulate', accumulator, inputs, outputs };
  if (momentum > 0) {
    const pull = { momentum, decay, proximal, base: baseOrNone };
    return {
      target,
      before: [],
      begin: [{ kind: 'scaleMomentum', accumulator, weight, ...pull, ...slice }],
      apply: [{ kind: 'applyMomentum', accumulator, weight, ...slice }],
    };
  }
  const apply: Op[] = [...decayWeight(false), { kind: 'applyAccumulator', accumulator, weight, ...slice }];
  return { target, before: [], begin: [], apply };
}

function trainProgram(
  context: Context,
  use: ValueUse,
  trained: ReadonlyMap<number, TrainedParameter>,
  isDeferred: (stage: Stage) => boolean,
  options: GraphOptions,
): Program & { readonly deferred: readonly Op[]; readonly recomputes: boolean } {
  const { stages, table, parameterIds, apart } = context;
  const kept = new Set(stages.filter(isDeferred).map((stage) => use.home(stage.reads[0]!)));
  if (isDeferred(stages.at(-1)!)) kept.add(use.home(stages.length));
  const needs = backwardNeeds({ stages, use, trained });
  const isOfBatch = (home: number) => kept.has(home);
  const recomputed = options.recompute
    ? recomputableValues(stages, use, needs, isOfBatch)
    : new Set<number>();
  const isRecomputed = (home: number) => recomputed.has(home);
  const backward = { stages, use, table, parameterIds, apart, trained, isDeferred, isRecomputed };
  const fused = fusedValues(
    stages,
    use,
    (value) =>
      ((needs.passes(value) || needs.isKept(value)) && !isRecomputed(value)) || isOfSplit(context, value),
  );
  const ops: Op[] = [];
  const deferred: Op[] = [];
  const forwardContext = {
    ...backward,
    program: 'train',
    skips: () => false,
    isOfBatch,
    isFused: (value: number) => fused.has(value),
  };
  const forward = forwardPass(forwardContext, forwardNeeds(), ops);
  const io = lossOps(context, 'train', forward.values, ops);
  backwardPass(backward, needs, forward, ops, deferred);
  return { ops, io, deferred, recomputes: recomputed.size > 0 };

  function forwardNeeds() {
    return {
      argmax: (index: number) => {
        const stage = stages[index]!;
        return stage.kind === 'conv' ? needs.passes(index + 1) : stage.reads.some(needs.passes);
      },
      stats: (index: number) => needs.passes(index + 1),
      mask: (index: number) =>
        needs.passesActivation(index) &&
        !needs.isKept(index + 1) &&
        isCompact(use.layout(use.home(index + 1))) &&
        isCompact(needs.gradientLayout(index + 1)),
    };
  }
}

/** A fused op reads one tensor of each weight. */
function isOfSplit({ stages, apart }: Context, value: number): boolean {
  const stage = stages[value - 1];
  return stage !== undefined && 'weight' in stage && apart.has(stage.weight);
}

/** Dropout does nothing outside of training. */
function skips(stage: Stage): boolean {
  return stage.kind === 'dropout';
}

function forwardProgram(context: Context, program: 'evaluate' | 'predict'): Program {
  const { stages } = context;
  const use = useOfValues(stages, imageShape(context.model.input), skips);
  const fused = fusedValues(stages, use, (value) => isOfSplit(context, value));
  const ops: Op[] = [];
  const { values } = forwardPass(
    { ...context, use, program, skips, isOfBatch: () => false, isFused: (value) => fused.has(value) },
    NEEDS_NOTHING,
    ops,
  );
  if (program === 'evaluate') return { ops, io: lossOps(context, program, values, ops) };
  const logits = values.at(-1)!;
  if (context.model.loss === 'softmaxCrossEntropy') ops.push({ kind: 'softmax', logits });
  if (context.model.loss === 'binaryCrossEntropy')
    ops.push({ kind: 'activation', x: logits, function: 'sigmoid' });
  return { ops, io: { input: values[0]!, labels: -1, logits } };
}

/** Appends loss and (in training) its gradient. */
function lossOps(context: Context, program: string, values: readonly number[], ops: Op[]): ProgramIo {
  const { model, table, metricsId: metrics } = context;
  const [logits, gradient] = [values.at(-1)!, program === 'train'];
  if (model.loss === 'softmaxCrossEntropy') {
    const labels = table.scratch('labels', `${program}.labels`, 'uint8', null, 1);
    ops.push({ kind: 'softmaxCrossEntropy', logits, labels, metrics, gradient });
    return { input: values[0]!, labels, logits };
  }
  const targets = table.scratch('labels', `${program}.targets`, 'float32', null, numOutputs(model));
  ops.push({ kind: model.loss, logits, targets, metrics, gradient });
  return { input: values[0]!, labels: targets, logits };
}

function imageShape(input: SampleShape): ImageShape {
  return input.length === 3 ? [input[0]!, input[1]!, input[2]!] : [1, 1, input[0]!];
}
