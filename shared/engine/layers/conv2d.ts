// Convolutions, plain, grouped and depthwise.

import { compactLayout, convGradientLayout, stripLayout } from '../graph/layout.ts';
import type { ConvStage } from '../graph/stage.ts';
import type { ImageShape, SampleShape } from '../shapes.ts';
import type { ForwardSite, StageKind } from '../graph/stageKind.ts';
import type { ConvStep } from '../ops/expandDepthwise/op.ts';
import type { WrittenLayer } from '../layersModel/writtenLayer.ts';
import {
  expectCount,
  expectImage,
  expectSize,
  type FieldsOf,
  type LayerBase,
  type LayerKind,
} from './layer.ts';
import { isHalving } from './maxPool2d.ts';

export interface ConvLayer extends LayerBase {
  readonly kind: 'conv2d';
  readonly filters: number;
  /** `[height, width]` in pixels. */
  readonly kernel: readonly [number, number];
  readonly stride: 1 | 2;
  readonly padding: 'same' | 'valid';
  /** Divides input channels and filters; default 1. As many as input channels: depthwise. */
  readonly groups?: number;
}

/** Extent of a convolution's output and the zero rows before it ("same" follows TensorFlow: the odd row goes to the end). */
export function convExtent(
  input: number,
  kernel: number,
  stride: number,
  padding: 'same' | 'valid',
): { readonly output: number; readonly before: number; readonly padded: number } {
  if (padding === 'valid')
    return { output: Math.floor((input - kernel) / stride) + 1, before: 0, padded: input };
  const output = Math.ceil(input / stride);
  const total = Math.max((output - 1) * stride + kernel - input, 0);
  return { output, before: Math.floor(total / 2), padded: input + total };
}

function convolutionOf(layer: ConvLayer, [height, width, inputChannels]: ImageShape) {
  const [kernelHeight, kernelWidth] = layer.kernel;
  const { stride, padding, filters, groups = 1 } = layer;
  const vertical = convExtent(height, kernelHeight, stride, padding);
  const horizontal = convExtent(width, kernelWidth, stride, padding);
  const [padTop, padLeft] = [vertical.before, horizontal.before];
  const geometry = { kernelHeight, kernelWidth, stride, padTop, padLeft, inputChannels, filters, groups };
  return {
    geometry,
    padBottom: vertical.padded - height - padTop,
    padRight: horizontal.padded - width - padLeft,
  };
}

export const conv2dFields: FieldsOf<ConvLayer> = {
  filters: 'count',
  kernel: 'kernel',
  stride: 'stride',
  padding: 'padding',
  groups: 'optionalCount',
};

export const conv2d: LayerKind<ConvLayer> = {
  shape(layer, [read]) {
    const input = read!;
    expectImage(layer, input);
    expectCount(layer, 'filters', layer.filters);
    expectCount(layer, 'kernel height', layer.kernel[0]);
    expectCount(layer, 'kernel width', layer.kernel[1]);
    if (layer.stride !== 1 && layer.stride !== 2)
      throw new RangeError(`layer "${layer.name}": stride must be 1 or 2, got ${String(layer.stride)}`);
    const groups = layer.groups ?? 1;
    expectCount(layer, 'groups', groups);
    if (input[2]! % groups !== 0 || layer.filters % groups !== 0)
      throw new RangeError(
        `layer "${layer.name}": groups must divide its ${input[2]} input channels and its ${layer.filters} filters, got ${groups}`,
      );
    const height = convExtent(input[0]!, layer.kernel[0], layer.stride, layer.padding).output;
    const width = convExtent(input[1]!, layer.kernel[1], layer.stride, layer.padding).output;
    return expectSize(layer, input, [height, width, layer.filters]);
  },
  parameters: ({ kernel, groups = 1, filters }, channels) => ({
    weight: [...kernel, channels / groups, filters],
    bias: [filters],
  }),
  lower(layer, { base, parameter, takeActivation, take, output }) {
    const activation = takeActivation();
    const canPool = activation === null || activation === 'relu' || activation === 'relu6';
    const pool = canPool && (layer.groups ?? 1) === 1 && take(isHalving);
    return {
      ...base,
      ...convolutionOf(layer, base.input),
      kind: 'conv',
      weight: parameter('weight'),
      bias: parameter('bias'),
      convolved: base.output,
      output: output(),
      activation,
      pool,
    };
  },
};

function stepOf({ weight, bias, geometry, activation }: ConvStage, { parameter }: ForwardSite): ConvStep {
  return { weight: parameter(weight), bias: parameter(bias), geometry, activation };
}

export const convStage: StageKind<ConvStage> = {
  activation: ({ activation, pool }) => (pool ? null : activation),
  forward(stage, site) {
    const { ops, x, y } = site;
    const expanded = site.expanded();
    if (!expanded) {
      const pool = stage.pool ? { argmax: site.argmax() } : null;
      const whole = { kind: 'conv2d', x, ...stepOf(stage, site), y, pool } as const;
      ops.push(whole);
      const slice = site.apart(stage.weight);
      if (slice) ops.push({ ...whole, weight: slice.id, outputs: slice.outputs });
      return;
    }
    const expand = stepOf(expanded, site);
    const rows = site.ofSample(stripLayout(stage));
    const [depthwise, expandedHeight] = [stepOf(stage, site), stage.input[0]];
    ops.push({ kind: 'expandDepthwise', x, expand, depthwise, y, rows, expandedHeight });
  },
  backward(stage, site) {
    const { ops, read, passes, contribute, train, input } = site;
    const { geometry } = stage;
    let dy = site.gradient.id;
    if (stage.pool) {
      const layout = passes(read) ? convGradientLayout(stage) : compactLayout(stage.convolved);
      const convolved = site.unpooled(layout).id;
      const halving = { size: [2, 2], stride: [2, 2] } as const;
      ops.push({ kind: 'maxPool2dGrad', dy, argmax: site.argmax!, dx: convolved, geometry: halving });
      dy = convolved;
    }
    const [weight, slice] = [site.parameter(stage.weight), site.apart(stage.weight)];
    if (passes(read))
      contribute(read, {
        write(dx, accumulate) {
          const whole = { kind: 'conv2dInputGrad', dy, weight, dx, geometry, accumulate } as const;
          ops.push(whole);
          if (slice) ops.push({ ...whole, weight: slice.id, outputs: slice.outputs, accumulate: true });
        },
        canAccumulate: true,
      });
    train(stage.weight, (target) => ({ kind: 'conv2dWeightGrad', x: input(), dy, target, geometry }));
    train(stage.bias, (target) => ({ kind: 'biasGrad', dy, target }));
  },
};

/** TensorFlow.js has convolutions of one group, and depthwise ones. */
export function writeConvolution(layer: ConvLayer, input: SampleShape): WrittenLayer {
  const { name, filters, kernel, stride, padding, groups = 1 } = layer;
  const channels = input[2]!;
  if (groups !== 1 && groups !== channels)
    throw new RangeError(
      `layer "${name}" (conv2d): TensorFlow.js has no convolution of ${groups} groups over ${channels} channels; take groups 1, or ${channels} (depthwise), instead`,
    );
  const isDepthwise = groups !== 1;
  const config = {
    kernel_size: [...kernel],
    strides: [stride, stride],
    padding,
    data_format: 'channels_last',
    dilation_rate: [1, 1],
    activation: 'linear',
    use_bias: true,
  };
  const bias = { role: 'bias', shape: [filters] };
  const multiplier = filters / channels;
  return isDepthwise
    ? {
        className: 'DepthwiseConv2D',
        config: { ...config, depth_multiplier: multiplier },
        weights: [{ role: 'depthwise_kernel', shape: [...kernel, channels, multiplier] }, bias],
      }
    : {
        className: 'Conv2D',
        config: { ...config, filters },
        weights: [{ role: 'kernel', shape: [...kernel, channels, filters] }, bias],
      };
}
