// Every op in float64 by plain loops: the oracle that fast kernels must match. Clear before fast.

import type { ArenaTensor, GradientTarget, Layout, Op } from '../plan.ts';

/** The arena as the reference sees it: float32 tensors widened to float64 (slot = byte offset / 4), bytes apart. */
export interface ReferenceMemory {
  readonly tensors: readonly ArenaTensor[];
  readonly floats: Float64Array;
  readonly bytes: Uint8Array;
}

/** What is dynamic in a program. */
export interface Dynamic {
  /** Samples in this micro-batch. */
  readonly count: number;
  /** 1 / samples in the whole batch. */
  readonly scale: number;
  readonly learningRate: number;
}

/** Element (n, i, j, c) of a layout, in elements from the tensor's start. */
function at(layout: Layout, n: number, i: number, j: number, c: number): number {
  const { rows, columns, top, left, step, channels } = layout;
  return ((n * rows + top + i * step) * columns + left + j * step) * channels + c;
}

/** Runs one op. */
export function runReferenceOp(memory: ReferenceMemory, op: Op, dynamic: Dynamic): void {
  const { tensors, floats, bytes } = memory;
  const { count, scale, learningRate } = dynamic;
  const floatsOf = (id: number) =>
    floats.subarray(tensors[id]!.offset / 4, tensors[id]!.offset / 4 + tensors[id]!.size);
  const bytesOf = (id: number) =>
    bytes.subarray(tensors[id]!.offset, tensors[id]!.offset + tensors[id]!.size);
  const layoutOf = (id: number) => tensors[id]!.layout!;
  /** Elements of one sample, seen flat. */
  const featuresOf = (id: number) => {
    const { height, width, channels } = layoutOf(id);
    return height * width * channels;
  };
  const descend = (target: GradientTarget, index: number, gradient: number) => {
    if (target.kind === 'sgd') floatsOf(target.weight)[index]! -= learningRate * gradient;
    else floatsOf(target.accumulator)[index]! += gradient;
  };
  const forEachElement = (layout: Layout, visit: (n: number, i: number, j: number, c: number) => void) => {
    for (let n = 0; n < count; n++)
      for (let i = 0; i < layout.height; i++)
        for (let j = 0; j < layout.width; j++) for (let c = 0; c < layout.channels; c++) visit(n, i, j, c);
  };

  switch (op.kind) {
    case 'clear': {
      const [x, layout] = [floatsOf(op.x), layoutOf(op.x)];
      const kept = new Map<number, number>();
      if (op.what === 'border')
        forEachElement(layout, (n, i, j, c) => kept.set(at(layout, n, i, j, c), x[at(layout, n, i, j, c)]!));
      x.fill(0);
      for (const [index, value] of kept) x[index] = value;
      return;
    }
    case 'conv2d': {
      const [x, w, b, y] = [floatsOf(op.x), floatsOf(op.weight), floatsOf(op.bias), floatsOf(op.y)];
      const [from, to] = [layoutOf(op.x), layoutOf(op.y)];
      const { kernelHeight, kernelWidth, stride, inputChannels, filters } = op.geometry;
      const convolve = (n: number, i: number, j: number, f: number) => {
        let sum = b[f]!;
        for (let p = 0; p < kernelHeight; p++)
          for (let q = 0; q < kernelWidth; q++)
            for (let c = 0; c < inputChannels; c++)
              sum +=
                x[((n * from.rows + i * stride + p) * from.columns + j * stride + q) * from.channels + c]! *
                w[((p * kernelWidth + q) * inputChannels + c) * filters + f]!;
        return sum;
      };
      const argmax = op.pool?.argmax == null ? null : bytesOf(op.pool.argmax);
      forEachElement(to, (n, i, j, f) => {
        let value: number;
        let winner = 0;
        if (op.pool) {
          const window = [0, 1, 2, 3].map((k) => convolve(n, 2 * i + (k >> 1), 2 * j + (k & 1), f));
          value = Math.max(...window);
          winner = window.indexOf(value);
        } else {
          value = convolve(n, i, j, f);
        }
        if (op.relu && value <= 0) [value, winner] = [0, 255];
        y[at(to, n, i, j, f)] = value;
        if (argmax) argmax[((n * to.height + i) * to.width + j) * filters + f] = winner;
      });
      return;
    }
    case 'maxPool2d': {
      const [x, y] = [floatsOf(op.x), floatsOf(op.y)];
      const [from, to] = [layoutOf(op.x), layoutOf(op.y)];
      const argmax = op.argmax === null ? null : bytesOf(op.argmax);
      forEachElement(to, (n, i, j, c) => {
        let value = -Infinity;
        let winner = 0;
        for (let k = 0; k < op.size * op.size; k++) {
          const candidate =
            x[at(from, n, i * op.stride + Math.floor(k / op.size), j * op.stride + (k % op.size), c)]!;
          if (candidate > value) [value, winner] = [candidate, k];
        }
        y[at(to, n, i, j, c)] = value;
        if (argmax)
          argmax[((n * to.height + i) * to.width + j) * to.channels + c] =
            op.relu && value <= 0 ? 255 : winner;
      });
      return;
    }
    case 'dense': {
      const [x, w, b, y] = [floatsOf(op.x), floatsOf(op.weight), floatsOf(op.bias), floatsOf(op.y)];
      const [inputs, units] = [featuresOf(op.x), featuresOf(op.y)];
      for (let n = 0; n < count; n++)
        for (let u = 0; u < units; u++) {
          let sum = b[u]!;
          for (let k = 0; k < inputs; k++) sum += x[n * inputs + k]! * w[k * units + u]!;
          y[n * units + u] = op.relu ? Math.max(sum, 0) : sum;
        }
      return;
    }
    case 'relu': {
      const [x, layout] = [floatsOf(op.x), layoutOf(op.x)];
      forEachElement(layout, (n, i, j, c) => {
        const index = at(layout, n, i, j, c);
        x[index] = Math.max(x[index]!, 0);
      });
      return;
    }
    case 'copy': {
      const [x, y, from, to] = [floatsOf(op.x), floatsOf(op.y), layoutOf(op.x), layoutOf(op.y)];
      forEachElement(to, (n, i, j, c) => {
        y[at(to, n, i, j, c)] = x[at(from, n, i, j, c)]!;
      });
      return;
    }
    case 'packMask': {
      const [x, mask] = [floatsOf(op.x), bytesOf(op.mask)];
      mask.fill(0);
      x.forEach((value, index) => {
        if (value > 0) mask[index >> 3]! |= 1 << (index & 7);
      });
      return;
    }
    case 'softmaxCrossEntropy': {
      const [logits, labels, metrics] = [
        floatsOf(op.logits),
        bytesOf(op.labels),
        tensors[op.metrics]!.offset / 4,
      ];
      const classes = featuresOf(op.logits);
      for (let n = 0; n < count; n++) {
        const row = logits.subarray(n * classes, (n + 1) * classes);
        const label = labels[n]!;
        const top = Math.max(...row);
        const sum = row.reduce((total, logit) => total + Math.exp(logit - top), 0);
        floats[metrics]! += Math.log(sum) - (row[label]! - top);
        floats[metrics + 2]! += row.indexOf(top) === label ? 1 : 0;
        if (op.gradient)
          row.forEach((logit, k) => {
            row[k] = (Math.exp(logit - top) / sum - (k === label ? 1 : 0)) * scale;
          });
      }
      return;
    }
    case 'softmax': {
      const logits = floatsOf(op.logits);
      const classes = featuresOf(op.logits);
      for (let n = 0; n < count; n++) {
        const row = logits.subarray(n * classes, (n + 1) * classes);
        const top = Math.max(...row);
        const sum = row.reduce((total, logit) => total + Math.exp(logit - top), 0);
        row.forEach((logit, k) => {
          row[k] = Math.exp(logit - top) / sum;
        });
      }
      return;
    }
    case 'reluGrad': {
      const [dy, layout] = [floatsOf(op.dy), layoutOf(op.dy)];
      const isActive =
        op.form === 'bits'
          ? (n: number, i: number, j: number, c: number) => {
              const index = at(layout, n, i, j, c);
              return ((bytesOf(op.source)[index >> 3]! >> (index & 7)) & 1) === 1;
            }
          : (n: number, i: number, j: number, c: number) =>
              floatsOf(op.source)[at(layoutOf(op.source), n, i, j, c)]! > 0;
      forEachElement(layout, (n, i, j, c) => {
        if (!isActive(n, i, j, c)) dy[at(layout, n, i, j, c)] = 0;
      });
      return;
    }
    case 'maxPool2dGrad': {
      const [dy, dx, argmax] = [floatsOf(op.dy), floatsOf(op.dx), bytesOf(op.argmax)];
      const [from, to] = [layoutOf(op.dy), layoutOf(op.dx)];
      forEachElement(from, (n, i, j, c) => {
        const winner = argmax[((n * from.height + i) * from.width + j) * from.channels + c]!;
        if (winner === 255) return;
        const row = i * op.stride + Math.floor(winner / op.size);
        dx[at(to, n, row, j * op.stride + (winner % op.size), c)]! += dy[at(from, n, i, j, c)]!;
      });
      return;
    }
    case 'conv2dInputGrad': {
      const [dy, w, dx] = [floatsOf(op.dy), floatsOf(op.weight), floatsOf(op.dx)];
      const [from, to] = [layoutOf(op.dy), layoutOf(op.dx)];
      const { kernelHeight, kernelWidth, inputChannels, filters } = op.geometry;
      forEachElement(to, (n, i, j, c) => {
        let sum = 0;
        for (let p = 0; p < kernelHeight; p++)
          for (let q = 0; q < kernelWidth; q++)
            for (let f = 0; f < filters; f++)
              sum +=
                dy[((n * from.rows + i + p) * from.columns + j + q) * filters + f]! *
                w[
                  (((kernelHeight - 1 - p) * kernelWidth + kernelWidth - 1 - q) * inputChannels + c) *
                    filters +
                    f
                ]!;
        dx[at(to, n, i, j, c)] = sum;
      });
      return;
    }
    case 'conv2dWeightGrad': {
      const [x, dy] = [floatsOf(op.x), floatsOf(op.dy)];
      const [from, out] = [layoutOf(op.x), layoutOf(op.dy)];
      const { kernelHeight, kernelWidth, stride, inputChannels, filters } = op.geometry;
      for (let p = 0; p < kernelHeight; p++)
        for (let q = 0; q < kernelWidth; q++)
          for (let c = 0; c < inputChannels; c++)
            for (let f = 0; f < filters; f++) {
              let sum = 0;
              for (let n = 0; n < count; n++)
                for (let i = 0; i < out.height; i++)
                  for (let j = 0; j < out.width; j++)
                    sum +=
                      x[
                        ((n * from.rows + i * stride + p) * from.columns + j * stride + q) * inputChannels + c
                      ]! * dy[at(out, n, i, j, f)]!;
              descend(op.target, ((p * kernelWidth + q) * inputChannels + c) * filters + f, sum);
            }
      return;
    }
    case 'biasGrad': {
      const [dy, layout] = [floatsOf(op.dy), layoutOf(op.dy)];
      const sums = new Float64Array(layout.channels);
      forEachElement(layout, (n, i, j, c) => {
        sums[c]! += dy[at(layout, n, i, j, c)]!;
      });
      sums.forEach((sum, c) => descend(op.target, c, sum));
      return;
    }
    case 'denseInputGrad': {
      const [dy, w, dx] = [floatsOf(op.dy), floatsOf(op.weight), floatsOf(op.dx)];
      const [inputs, units] = [featuresOf(op.dx), featuresOf(op.dy)];
      for (let n = 0; n < count; n++)
        for (let k = 0; k < inputs; k++) {
          let sum = 0;
          for (let u = 0; u < units; u++) sum += dy[n * units + u]! * w[k * units + u]!;
          dx[n * inputs + k] = sum;
        }
      return;
    }
    case 'denseWeightGrad': {
      const [x, dy] = [floatsOf(op.x), floatsOf(op.dy)];
      const [inputs, units] = [featuresOf(op.x), featuresOf(op.dy)];
      for (let k = 0; k < inputs; k++)
        for (let u = 0; u < units; u++) {
          let sum = 0;
          for (let n = 0; n < count; n++) sum += x[n * inputs + k]! * dy[n * units + u]!;
          descend(op.target, k * units + u, sum);
        }
      return;
    }
    case 'applyAccumulator': {
      const [accumulator, w] = [floatsOf(op.accumulator), floatsOf(op.weight)];
      accumulator.forEach((gradient, index) => {
        w[index]! -= learningRate * gradient;
      });
      accumulator.fill(0);
      return;
    }
  }
}
