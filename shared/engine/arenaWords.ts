// What is said in a picture of a plan. Whoever draws it for readers of another language brings words of theirs.

import { formatByteSize } from '../byteSize.ts';
import type { MicroBatchForm } from './plan.ts';
import type { TensorRole } from './tensors.ts';

export interface ArenaWords {
  readonly title: (
    model: string,
    bytes: string,
    form: MicroBatchForm,
    microBatch: number,
    batch: number,
    sharePercent: string,
  ) => string;
  readonly at: (name: string, bytes: string, offset: number) => string;
  readonly axis: (numOps: number) => string;
  readonly roles: Readonly<Record<TensorRole, string>>;
  readonly size: (bytes: number) => string;
  /** With one digit behind the point. */
  readonly percent: (share: number) => string;
}

export const ENGLISH_ARENA: ArenaWords = {
  title: (model, bytes, form, microBatch, batch, percent) =>
    `${model}: arena of ${bytes}, ${form} ${microBatch} of ${batch}, trains ${percent}`,
  at: (name, bytes, offset) => `${name}, ${bytes} at ${offset}`,
  axis: (numOps) => `${numOps} ops of one micro-batch, in order; bytes from the arena's start upwards`,
  roles: {
    metrics: 'metrics',
    parameter: 'parameter',
    base: 'base',
    accumulator: 'accumulator',
    input: 'input',
    labels: 'labels',
    activation: 'activation',
    argmax: 'argmax',
    mask: 'mask',
    stats: 'stats',
    gradient: 'gradient',
  },
  size: formatByteSize,
  percent: (share) => `${(100 * share).toFixed(1)} %`,
};
