// A frozen batch normalization is a factor and a shift for each channel: it becomes part of the convolution or dense
// layer whose outputs it reads.

import { withoutDraft, type Draft } from './drafts.ts';

/**
 * The drafts without batch normalizations: weight' = weight * factor, bias' = bias * factor + shift, by output channel
 * (Jacob et al. 2017, arXiv 1712.05877, section 3.2). Throws RangeError naming one that has no such layer right before it.
 */
export function foldBatchNorms(drafts: readonly Draft[]): readonly Draft[] {
  let folded = drafts;
  for (;;) {
    const norm = folded.find((draft) => draft.step.kind === 'batchNorm');
    if (!norm) return folded;
    const source = sourceOf(norm, folded);
    const scaled = { ...source, values: scaleOutputs(source.values, norm.values) };
    if (!scaled.values.every((values) => values.every(Number.isFinite)))
      throw new RangeError(
        `${norm.origin}: folded into ${source.origin} it gives numbers that float32 does not hold; leave it out, or train the model anew, instead`,
      );
    folded = withoutDraft(folded, norm, source.name).map((draft) =>
      draft.name === source.name ? scaled : draft,
    );
  }
}

function sourceOf(norm: Draft, drafts: readonly Draft[]): Draft {
  const [name] = norm.reads;
  const source = drafts.find((draft) => draft.name === name);
  if (source?.step.kind !== 'conv2d' && source?.step.kind !== 'dense')
    throw new RangeError(
      `${norm.origin}: a frozen batch normalization is folded into the convolution or dense layer whose outputs it reads, ` +
        `got "${name}" (${source?.step.kind ?? 'the model input'}); put it between that layer and its activation, or leave it out instead`,
    );
  const other = drafts.find((draft) => draft !== norm && draft.reads.includes(source.name));
  if (other)
    throw new RangeError(
      `${norm.origin}: it must be the only reader of ${source.origin}, and ${other.origin} reads that too; let that read the normalization instead`,
    );
  return source;
}

function scaleOutputs(values: readonly Float32Array[], norm: readonly Float32Array[]): Float32Array[] {
  const [weight, bias] = values as [Float32Array, Float32Array];
  const [factors, shifts] = norm as [Float32Array, Float32Array];
  const numOutputs = factors.length;
  return [
    weight.map((value, index) => value * factors[index % numOutputs]!),
    bias.map((value, index) => value * factors[index]! + shifts[index]!),
  ];
}
