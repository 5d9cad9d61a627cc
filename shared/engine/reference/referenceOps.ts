// Every op in float64 by plain loops: the oracle that fast kernels must match. Clear before fast.

import { dropoutHash } from '../dropoutHash.ts';
import type { ActivationFunction } from '../activations/activation.ts';
import type { GradientTarget } from '../ops/gradientTarget.ts';
import type { PoolGeometry } from '../ops/poolGeometry.ts';
import type { Op } from '../plan.ts';
import type { ArenaTensor, Layout, Matrix } from '../tensors.ts';
import type { Range } from '../range.ts';
import { decodeWeight } from '../weightCodec.ts';
import { convolution } from './convolution.ts';

/** The arena as the reference sees it: float32 tensors widened to float64 (slot = byte offset / 4), all others in bytes. */
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
  /** Index of the first of these samples in the batch. */
  readonly from: number;
  /** Of the step, for dropout. */
  readonly seed: number;
}

/** Element (n, i, j, c) of a layout, in elements from the tensor's start. */
function at(layout: Layout, n: number, i: number, j: number, c: number): number {
  const { rows, columns, top, left, step, channels } = layout;
  return ((n * rows + top + i * step) * columns + left + j * step) * channels + c;
}

/** The activation of a value. */
function activate(name: ActivationFunction | null, x: number): number {
  switch (name) {
    case null:
      return x;
    case 'relu':
      return Math.max(x, 0);
    case 'relu6':
      return Math.min(Math.max(x, 0), 6);
    case 'sigmoid':
      return 1 / (1 + Math.exp(-x));
    case 'tanh':
      return Math.tanh(x);
  }
}

/** Derivative of the activation, told from its output. */
function slope(name: ActivationFunction, y: number): number {
  switch (name) {
    case 'relu':
      return y > 0 ? 1 : 0;
    case 'relu6':
      return y > 0 && y < 6 ? 1 : 0;
    case 'sigmoid':
      return y * (1 - y);
    case 'tanh':
      return 1 - y * y;
  }
}

/** Calls `visit` with the index in the full tensor and in the packed slice of each element of the slice. */
function forEachInSlice(
  { positions, inputs, outputs }: Matrix,
  slice: { readonly inputs: Range; readonly outputs: Range },
  visit: (full: number, packed: number, position: number, input: number, output: number) => void,
): void {
  let packed = 0;
  for (let p = 0; p < positions; p++)
    for (let k = slice.inputs[0]; k < slice.inputs[1]; k++)
      for (let u = slice.outputs[0]; u < slice.outputs[1]; u++)
        visit((p * inputs + k) * outputs + u, packed++, p, k, u);
}

/** Runs one op. */
export function runReferenceOp(memory: ReferenceMemory, op: Op, dynamic: Dynamic): void {
  const { tensors, floats, bytes } = memory;
  const { count, scale, learningRate, from: firstSample, seed } = dynamic;
  const floatsOf = (id: number) => {
    const { offset, size, layout, perBatch } = tensors[id]!;
    const passed = perBatch ? firstSample * layout!.rows * layout!.columns * layout!.channels : 0;
    return floats.subarray(offset / 4 + passed, offset / 4 + size);
  };
  const weightOf = (id: number) => {
    const { offset, bytes: length, matrix, elementType } = tensors[id]!;
    if (elementType !== 'float16' && elementType !== 'int8') return floatsOf(id);
    return decodeWeight(bytes.subarray(offset, offset + length), matrix!, elementType);
  };
  const bytesOf = (id: number) =>
    bytes.subarray(tensors[id]!.offset, tensors[id]!.offset + tensors[id]!.size);
  const layoutOf = (id: number) => tensors[id]!.layout!;
  /** Elements of one sample, seen flat. */
  const featuresOf = (id: number) => {
    const { height, width, channels } = layoutOf(id);
    return height * width * channels;
  };
  /** Gives the target the gradient of each element of its slice. */
  const descend = (
    matrix: Matrix,
    target: GradientTarget,
    gradientOf: (position: number, input: number, output: number) => number,
  ) => {
    const moved = floatsOf(target.kind === 'sgd' ? target.weight : target.accumulator);
    forEachInSlice(matrix, target, (full, packed, position, input, output) => {
      const gradient = gradientOf(position, input, output);
      if (target.kind === 'sgd') moved[full]! -= learningRate * gradient;
      else moved[packed]! += gradient;
    });
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
      const [x, w, b, y] = [floatsOf(op.x), weightOf(op.weight), floatsOf(op.bias), floatsOf(op.y)];
      const [from, to] = [layoutOf(op.x), layoutOf(op.y)];
      const { filters } = op.geometry;
      const convolve = convolution((n, i, j, c) => x[at(from, n, i, j, c)]!, w, b, op.geometry);
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
        const activated = activate(op.activation, value);
        y[at(to, n, i, j, f)] = activated;
        const isDead = op.activation !== null && slope(op.activation, activated) === 0;
        if (argmax) argmax[((n * to.height + i) * to.width + j) * filters + f] = isDead ? 255 : winner;
      });
      return;
    }
    case 'expandDepthwise': {
      const [x, y, from, to] = [floatsOf(op.x), floatsOf(op.y), layoutOf(op.x), layoutOf(op.y)];
      const [height, { width }] = [op.expandedHeight, layoutOf(op.rows)];
      const { expand, depthwise } = op;
      const expanded = convolution(
        (n, i, j, c) => x[at(from, n, i, j, c)]!,
        weightOf(expand.weight),
        floatsOf(expand.bias),
        expand.geometry,
      );
      const convolved = convolution(
        (n, i, j, c) =>
          i >= 0 && i < height && j >= 0 && j < width ? activate(expand.activation, expanded(n, i, j, c)) : 0,
        floatsOf(depthwise.weight),
        floatsOf(depthwise.bias),
        depthwise.geometry,
      );
      forEachElement(to, (n, i, j, c) => {
        y[at(to, n, i, j, c)] = activate(depthwise.activation, convolved(n, i, j, c));
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
        forEachInWindow(op.geometry, i, j, (row, column, k) => {
          const candidate = x[at(from, n, row, column, c)]!;
          if (candidate > value) [value, winner] = [candidate, k];
        });
        y[at(to, n, i, j, c)] = value;
        const isDead = op.activation !== null && slope(op.activation, value) === 0;
        if (argmax) argmax[((n * to.height + i) * to.width + j) * to.channels + c] = isDead ? 255 : winner;
      });
      return;
    }
    case 'avgPool2d': {
      const [x, y] = [floatsOf(op.x), floatsOf(op.y)];
      const [from, to] = [layoutOf(op.x), layoutOf(op.y)];
      const pixels = op.geometry.size[0] * op.geometry.size[1];
      forEachElement(to, (n, i, j, c) => {
        let sum = 0;
        forEachInWindow(op.geometry, i, j, (row, column) => {
          sum += x[at(from, n, row, column, c)]!;
        });
        y[at(to, n, i, j, c)] = sum / pixels;
      });
      return;
    }
    case 'dense': {
      const [x, w, b, y] = [floatsOf(op.x), weightOf(op.weight), floatsOf(op.bias), floatsOf(op.y)];
      const [inputs, units] = [featuresOf(op.x), featuresOf(op.y)];
      for (let n = 0; n < count; n++)
        for (let u = 0; u < units; u++) {
          let sum = b[u]!;
          for (let k = 0; k < inputs; k++) sum += x[n * inputs + k]! * w[k * units + u]!;
          y[n * units + u] = activate(op.activation, sum);
        }
      return;
    }
    case 'activation': {
      const [x, layout] = [floatsOf(op.x), layoutOf(op.x)];
      forEachElement(layout, (n, i, j, c) => {
        const index = at(layout, n, i, j, c);
        x[index] = activate(op.function, x[index]!);
      });
      return;
    }
    case 'dropout': {
      const [x, layout, features] = [floatsOf(op.x), layoutOf(op.x), featuresOf(op.x)];
      forEachElement(layout, (n, i, j, c) => {
        const element = (i * layout.width + j) * layout.channels + c;
        const isKept = dropoutHash(seed, op.layerSeed, (firstSample + n) * features + element) >= op.rate;
        x[at(layout, n, i, j, c)]! *= isKept ? 1 / (1 - op.rate) : 0;
      });
      return;
    }
    case 'add': {
      const [x, y, from, to] = [floatsOf(op.x), floatsOf(op.y), layoutOf(op.x), layoutOf(op.y)];
      forEachElement(to, (n, i, j, c) => {
        y[at(to, n, i, j, c)]! += x[at(from, n, i, j, c)]!;
      });
      return;
    }
    case 'groupNorm': {
      const [x, y, gain, shift] = [floatsOf(op.x), floatsOf(op.y), floatsOf(op.scale), floatsOf(op.shift)];
      const [from, to] = [layoutOf(op.x), layoutOf(op.y)];
      const stats = op.stats === null ? null : floatsOf(op.stats);
      const perGroup = from.channels / op.groups;
      const values = from.height * from.width * perGroup;
      for (let n = 0; n < count; n++)
        for (let g = 0; g < op.groups; g++) {
          const inGroup = (visit: (i: number, j: number, c: number) => void) => {
            for (let i = 0; i < from.height; i++)
              for (let j = 0; j < from.width; j++)
                for (let c = g * perGroup; c < (g + 1) * perGroup; c++) visit(i, j, c);
          };
          let mean = 0;
          inGroup((i, j, c) => {
            mean += x[at(from, n, i, j, c)]! / values;
          });
          let variance = 0;
          inGroup((i, j, c) => {
            variance += (x[at(from, n, i, j, c)]! - mean) ** 2 / values;
          });
          const rate = 1 / Math.sqrt(variance + op.epsilon);
          if (stats) [stats[(n * op.groups + g) * 2], stats[(n * op.groups + g) * 2 + 1]] = [mean, rate];
          inGroup((i, j, c) => {
            y[at(to, n, i, j, c)] = (x[at(from, n, i, j, c)]! - mean) * rate * gain[c]! + shift[c]!;
          });
        }
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
      const [x, layout, mask] = [floatsOf(op.x), layoutOf(op.x), bytesOf(op.mask)];
      mask.fill(0);
      let bit = 0;
      forEachElement(layout, (n, i, j, c) => {
        if (slope(op.function, x[at(layout, n, i, j, c)]!) > 0) mask[bit >> 3]! |= 1 << (bit & 7);
        bit++;
      });
      return;
    }
    case 'binaryCrossEntropy': {
      const [logits, targets] = [floatsOf(op.logits), floatsOf(op.targets)];
      const [metrics, outputs] = [tensors[op.metrics]!.offset / 4, featuresOf(op.logits)];
      for (let n = 0; n < count; n++) {
        let isHit = true;
        for (let k = n * outputs; k < (n + 1) * outputs; k++) {
          const [z, target] = [logits[k]!, targets[k]!];
          floats[metrics]! += (Math.max(z, 0) - z * target + Math.log1p(Math.exp(-Math.abs(z)))) / outputs;
          if (z > 0 !== target > 0.5) isHit = false;
          if (op.gradient) logits[k] = ((activate('sigmoid', z) - target) * scale) / outputs;
        }
        floats[metrics + 2]! += isHit ? 1 : 0;
      }
      return;
    }
    case 'meanSquaredError': {
      const [values, targets] = [floatsOf(op.logits), floatsOf(op.targets)];
      const [metrics, outputs] = [tensors[op.metrics]!.offset / 4, featuresOf(op.logits)];
      for (let k = 0; k < count * outputs; k++) {
        const error = values[k]! - targets[k]!;
        floats[metrics]! += error ** 2 / outputs;
        if (op.gradient) values[k] = (2 * error * scale) / outputs;
      }
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
    case 'activationGrad': {
      const [dy, layout] = [floatsOf(op.dy), layoutOf(op.dy)];
      let bit = 0;
      forEachElement(layout, (n, i, j, c) => {
        const factor =
          op.form === 'bits'
            ? (bytesOf(op.source)[bit >> 3]! >> (bit & 7)) & 1
            : slope(op.function, floatsOf(op.source)[at(layoutOf(op.source), n, i, j, c)]!);
        dy[at(layout, n, i, j, c)]! *= factor;
        bit++;
      });
      return;
    }
    case 'maxPool2dGrad': {
      const [dy, dx, argmax] = [floatsOf(op.dy), floatsOf(op.dx), bytesOf(op.argmax)];
      const [from, to] = [layoutOf(op.dy), layoutOf(op.dx)];
      forEachElement(from, (n, i, j, c) => {
        const winner = argmax[((n * from.height + i) * from.width + j) * from.channels + c]!;
        forEachInWindow(op.geometry, i, j, (row, column, k) => {
          if (k === winner) dx[at(to, n, row, column, c)]! += dy[at(from, n, i, j, c)]!;
        });
      });
      return;
    }
    case 'avgPool2dGrad': {
      const [dy, dx, from, to] = [floatsOf(op.dy), floatsOf(op.dx), layoutOf(op.dy), layoutOf(op.dx)];
      const pixels = op.geometry.size[0] * op.geometry.size[1];
      forEachElement(from, (n, i, j, c) => {
        forEachInWindow(op.geometry, i, j, (row, column) => {
          dx[at(to, n, row, column, c)]! += dy[at(from, n, i, j, c)]! / pixels;
        });
      });
      return;
    }
    case 'conv2dInputGrad': {
      const [dy, w, dx] = [floatsOf(op.dy), weightOf(op.weight), floatsOf(op.dx)];
      const [from, to] = [layoutOf(op.dy), layoutOf(op.dx)];
      const { kernelHeight, kernelWidth, inputChannels, filters, groups } = op.geometry;
      const [perGroup, filtersPerGroup] = [inputChannels / groups, filters / groups];
      forEachElement(to, (n, i, j, c) => {
        const group = Math.floor(c / perGroup);
        let sum = op.accumulate ? dx[at(to, n, i, j, c)]! : 0;
        for (let p = 0; p < kernelHeight; p++)
          for (let q = 0; q < kernelWidth; q++)
            for (let f = group * filtersPerGroup; f < (group + 1) * filtersPerGroup; f++) {
              const flipped = (kernelHeight - 1 - p) * kernelWidth + kernelWidth - 1 - q;
              sum +=
                dy[((n * from.rows + i + p) * from.columns + j + q) * filters + f]! *
                w[(flipped * perGroup + c - group * perGroup) * filters + f]!;
            }
        dx[at(to, n, i, j, c)] = sum;
      });
      return;
    }
    case 'conv2dWeightGrad': {
      const [x, dy] = [floatsOf(op.x), floatsOf(op.dy)];
      const [from, out] = [layoutOf(op.x), layoutOf(op.dy)];
      const { kernelHeight, kernelWidth, stride, padTop, padLeft, inputChannels, filters, groups } =
        op.geometry;
      const perGroup = inputChannels / groups;
      const matrix = { positions: kernelHeight * kernelWidth, inputs: perGroup, outputs: filters };
      descend(matrix, op.target, (position, input, f) => {
        const [p, q] = [Math.floor(position / kernelWidth), position % kernelWidth];
        const channel = Math.floor(f / (filters / groups)) * perGroup + input;
        let sum = 0;
        for (let n = 0; n < count; n++)
          for (let i = 0; i < out.height; i++)
            for (let j = 0; j < out.width; j++)
              sum +=
                x[at(from, n, i * stride + p - padTop, j * stride + q - padLeft, channel)]! *
                dy[at(out, n, i, j, f)]!;
        return sum;
      });
      return;
    }
    case 'biasGrad': {
      const [dy, layout] = [floatsOf(op.dy), layoutOf(op.dy)];
      const sums = new Float64Array(layout.channels);
      forEachElement(layout, (n, i, j, c) => {
        sums[c]! += dy[at(layout, n, i, j, c)]!;
      });
      descend({ positions: 1, inputs: 1, outputs: layout.channels }, op.target, (_p, _k, c) => sums[c]!);
      return;
    }
    case 'groupNormParameterGrad': {
      const [x, dy, stats] = [floatsOf(op.x), floatsOf(op.dy), floatsOf(op.stats)];
      const [from, out] = [layoutOf(op.x), layoutOf(op.dy)];
      const perGroup = from.channels / op.groups;
      const scaleSums = new Float64Array(from.channels);
      const shiftSums = new Float64Array(from.channels);
      forEachElement(from, (n, i, j, c) => {
        const [mean, rate] = statsAt(stats, n, op.groups, Math.floor(c / perGroup));
        scaleSums[c]! += dy[at(out, n, i, j, c)]! * (x[at(from, n, i, j, c)]! - mean) * rate;
        shiftSums[c]! += dy[at(out, n, i, j, c)]!;
      });
      const matrix = { positions: 1, inputs: 1, outputs: from.channels };
      if (op.scaleTarget) descend(matrix, op.scaleTarget, (_p, _k, c) => scaleSums[c]!);
      if (op.shiftTarget) descend(matrix, op.shiftTarget, (_p, _k, c) => shiftSums[c]!);
      return;
    }
    case 'groupNormInputGrad': {
      const [x, dy, stats, gain] = [floatsOf(op.x), floatsOf(op.dy), floatsOf(op.stats), floatsOf(op.scale)];
      const [from, out] = [layoutOf(op.x), layoutOf(op.dy)];
      const perGroup = from.channels / op.groups;
      const values = from.height * from.width * perGroup;
      const sums = new Float64Array(count * op.groups * 2);
      const normal = (n: number, i: number, j: number, c: number) => {
        const [mean, rate] = statsAt(stats, n, op.groups, Math.floor(c / perGroup));
        return (x[at(from, n, i, j, c)]! - mean) * rate;
      };
      forEachElement(from, (n, i, j, c) => {
        const gradient = dy[at(out, n, i, j, c)]! * gain[c]!;
        const group = (n * op.groups + Math.floor(c / perGroup)) * 2;
        sums[group]! += gradient / values;
        sums[group + 1]! += (gradient * normal(n, i, j, c)) / values;
      });
      forEachElement(from, (n, i, j, c) => {
        const group = (n * op.groups + Math.floor(c / perGroup)) * 2;
        const [, rate] = statsAt(stats, n, op.groups, Math.floor(c / perGroup));
        const gradient = dy[at(out, n, i, j, c)]! * gain[c]!;
        dy[at(out, n, i, j, c)] = rate * (gradient - sums[group]! - normal(n, i, j, c) * sums[group + 1]!);
      });
      return;
    }
    case 'denseInputGrad': {
      const [dy, w, dx] = [floatsOf(op.dy), weightOf(op.weight), floatsOf(op.dx)];
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
      descend({ positions: 1, inputs, outputs: units }, op.target, (_position, k, u) => {
        let sum = 0;
        for (let n = 0; n < count; n++) sum += x[n * inputs + k]! * dy[n * units + u]!;
        return sum;
      });
      return;
    }
    case 'applyAccumulator':
    case 'applyMomentum': {
      const [accumulator, w] = [floatsOf(op.accumulator), floatsOf(op.weight)];
      forEachInSlice(tensors[op.weight]!.matrix!, op, (full, packed) => {
        w[full]! -= learningRate * accumulator[packed]!;
      });
      if (op.kind === 'applyAccumulator') accumulator.fill(0);
      return;
    }
    case 'decayWeight': {
      const [w, base] = [floatsOf(op.weight), op.base === null ? null : floatsOf(op.base)];
      const share = op.perMicroBatch ? count * scale : 1;
      forEachInSlice(tensors[op.weight]!.matrix!, op, (full, packed) => {
        const pull = base ? op.proximal * (w[full]! - base[packed]!) : 0;
        w[full]! -= learningRate * share * (op.decay * w[full]! + pull);
      });
      return;
    }
    case 'scaleMomentum': {
      const [accumulator, w] = [floatsOf(op.accumulator), floatsOf(op.weight)];
      const base = op.base === null ? null : floatsOf(op.base);
      forEachInSlice(tensors[op.weight]!.matrix!, op, (full, packed) => {
        const pull = base ? op.proximal * (w[full]! - base[packed]!) : 0;
        accumulator[packed] = op.momentum * accumulator[packed]! + op.decay * w[full]! + pull;
      });
      return;
    }
  }
}

/** Calls `visit` with row, column and position of each pixel of a pooling window. */
function forEachInWindow(
  { size, stride }: PoolGeometry,
  i: number,
  j: number,
  visit: (row: number, column: number, k: number) => void,
): void {
  for (let k = 0; k < size[0] * size[1]; k++)
    visit(i * stride[0] + Math.floor(k / size[1]), j * stride[1] + (k % size[1]), k);
}

/** Mean and 1 / deviation of a sample's group. */
function statsAt(stats: Float64Array, n: number, groups: number, group: number): readonly [number, number] {
  const index = (n * groups + group) * 2;
  return [stats[index]!, stats[index + 1]!];
}
