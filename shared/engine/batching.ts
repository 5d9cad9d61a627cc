// How a batch is checked and cut into micro-batches: said once for all backends.

import { sizeOf } from './shapes.ts';
import type { TrainingPlan } from './plan.ts';
import type { Layout } from './tensors.ts';
import type { Batch } from './trainer.ts';

/** Throws RangeError where the batch does not fit the plan, before any work. Labels or targets count only where `labelled`. */
export function checkBatch(plan: TrainingPlan, batch: Batch, labelled = true): void {
  const { count, inputs } = batch;
  if (!Number.isInteger(count) || count < 1 || count > plan.batch)
    throw new RangeError(`batch.count must be an integer in 1 ... ${plan.batch}, got ${String(count)}`);
  const elements = count * sizeOf(plan.model.input);
  if (inputs.length < elements)
    throw new RangeError(
      `batch.inputs must hold at least ${elements} elements (${count} samples), got ${inputs.length}`,
    );
  if (!labelled) return;
  if (plan.model.loss === 'softmaxCrossEntropy') checkLabels(batch, outputsOf(plan));
  else checkTargets(batch, count * outputsOf(plan));
}

function checkLabels({ labels, count }: Batch, classes: number): void {
  if (labels.length < count)
    throw new RangeError(`batch.labels must hold at least ${count} labels, got ${labels.length}`);
  for (let n = 0; n < count; n++)
    if (labels[n]! >= classes)
      throw new RangeError(`batch.labels[${n}] must be a class below ${classes}, got ${labels[n]}`);
}

function checkTargets({ targets }: Batch, size: number): void {
  if ((targets?.length ?? 0) < size)
    throw new RangeError(`batch.targets must hold at least ${size} values, got ${targets?.length ?? 0}`);
}

/** Number of outputs of the plan's model. */
export function outputsOf(plan: TrainingPlan): number {
  const { height, width, channels } = plan.tensors[plan.io.evaluate.logits]!.layout!;
  return height * width * channels;
}

/** Calls `run(from, count)` for each micro-batch of the batch. */
export function forEachMicroBatch(
  plan: TrainingPlan,
  count: number,
  run: (from: number, count: number) => void,
): void {
  for (let from = 0; from < count; from += plan.microBatch)
    run(from, Math.min(plan.microBatch, count - from));
}

/**
 * Writes samples `from ... from + count` of the batch into an input tensor of the given layout, scaling uint8 to
 * `value * scale + offset`. The border is left alone.
 */
export function stageInputs(
  target: { [index: number]: number; set(values: Float32Array, offset: number): void },
  layout: Layout,
  batch: Batch,
  from: number,
  count: number,
): void {
  const { inputs, scale = 1, offset = 0 } = batch;
  const { height, width, channels, rows, columns, top, left } = layout;
  const run = width * channels;
  for (let n = 0; n < count; n++)
    for (let i = 0; i < height; i++) {
      const source = ((from + n) * height + i) * run;
      const destination = ((n * rows + top + i) * columns + left) * channels;
      if (inputs instanceof Float32Array) target.set(inputs.subarray(source, source + run), destination);
      else for (let k = 0; k < run; k++) target[destination + k] = inputs[source + k]! * scale + offset;
    }
}

/** Writes labels (uint8) or targets (float32), as the model's loss has it, of samples `from ... from + count`. */
export function stageLabels(
  plan: TrainingPlan,
  batch: Batch,
  from: number,
  count: number,
  bytes: Uint8Array,
  floats: { set(values: Float32Array): void },
): void {
  if (plan.model.loss === 'softmaxCrossEntropy') {
    bytes.set(batch.labels.subarray(from, from + count));
  } else {
    const outputs = outputsOf(plan);
    floats.set(batch.targets!.subarray(from * outputs, (from + count) * outputs));
  }
}
