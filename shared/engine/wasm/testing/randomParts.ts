// What random ops are made of: layouts with borders and gaps, convolutions, slices, targets.

import type { ConvGeometry } from '../../ops/conv2d/geometry.ts';
import { lengthOf, type Range } from '../../range.ts';
import type { Layout, Matrix } from '../../tensors.ts';
import { compact, type RandomArena } from './randomArena.ts';

/** Height x width somewhere inside a larger buffer, perhaps with gaps between the elements. */
export function anywhere(
  arena: RandomArena,
  height: number,
  width: number,
  channels: number,
  canStep: boolean,
): Layout {
  const step = canStep && arena.chance() ? 2 : 1;
  const [top, left] = [arena.random.integer(3), arena.random.integer(3)];
  return {
    ...compact(height, width, channels),
    rows: top + (height - 1) * step + 1 + arena.random.integer(3),
    columns: left + (width - 1) * step + 1 + arena.random.integer(3),
    top,
    left,
    step,
  };
}

/** A convolution of one of the forms that have kernels of their own: plain, pointwise, depthwise, grouped. */
export function randomGeometry(arena: RandomArena, form = arena.random.integer(4)): ConvGeometry {
  const [kernelHeight, kernelWidth] = form === 1 ? [1, 1] : [arena.upTo(4), arena.upTo(5)];
  const groups = form === 0 || form === 1 ? 1 : form === 2 ? arena.upTo(11) : arena.upTo(4);
  const perGroup = form === 2 ? 1 : arena.upTo(9);
  return {
    kernelHeight,
    kernelWidth,
    stride: form === 1 || arena.chance() ? 1 : 2,
    padTop: arena.random.integer(kernelHeight),
    padLeft: arena.random.integer(kernelWidth),
    inputChannels: groups * perGroup,
    filters: groups * (form === 2 ? 1 : arena.upTo(groups > 1 ? 11 : 19)),
    groups,
  };
}

export function matrixOf({
  kernelHeight,
  kernelWidth,
  inputChannels,
  filters,
  groups,
}: ConvGeometry): Matrix {
  return { positions: kernelHeight * kernelWidth, inputs: inputChannels / groups, outputs: filters };
}

/** An image that a convolution with `height` x `width` outputs reads, its border as wide as the padding or wider. */
export function convInput(
  arena: RandomArena,
  { kernelHeight, kernelWidth, stride, padTop, padLeft, inputChannels }: ConvGeometry,
  height: number,
  width: number,
): Layout {
  const isTight = arena.chance();
  const spare = () => (isTight ? 0 : arena.random.integer(3));
  const [top, left] = [padTop + spare(), padLeft + spare()];
  const [bottom, right] = [arena.random.integer(2), arena.random.integer(2)];
  const rows = top - padTop + (height - 1) * stride + kernelHeight + spare();
  const columns = left - padLeft + (width - 1) * stride + kernelWidth + spare();
  return {
    ...compact(
      isTight ? rows - top : Math.max(1, rows - top - bottom),
      isTight ? columns - left : Math.max(1, columns - left - right),
      inputChannels,
    ),
    rows: Math.max(rows, top + 1),
    columns: Math.max(columns, left + 1),
    top,
    left,
  };
}

/** The output gradient as the input gradient reads it: padded, and zero-stuffed at stride 2. */
export function convGradient(
  arena: RandomArena,
  { kernelHeight, kernelWidth, stride, padTop, padLeft, filters }: ConvGeometry,
  height: number,
  width: number,
): Layout {
  const [top, left] = [kernelHeight - 1 - padTop, kernelWidth - 1 - padLeft];
  const [rows, columns] = [height + kernelHeight - 1, width + kernelWidth - 1];
  const most = (extent: number, before: number) => Math.max(1, Math.ceil((extent - before) / stride));
  return {
    ...compact(
      Math.max(1, most(rows, top) - arena.random.integer(2)),
      Math.max(1, most(columns, left) - arena.random.integer(2)),
      filters,
    ),
    rows: Math.max(rows, top + 1),
    columns: Math.max(columns, left + 1),
    top,
    left,
    step: stride,
  };
}

export function randomRange(arena: RandomArena, extent: number): Range {
  if (arena.chance()) return [0, extent];
  const from = arena.random.integer(extent);
  return [from, from + arena.upTo(extent - from)];
}

/** A gradient target for some slice of a weight. */
export function randomTarget(arena: RandomArena, matrix: Matrix) {
  const slice = {
    inputs: randomRange(arena, matrix.inputs),
    outputs: randomRange(arena, matrix.outputs),
  };
  const size = matrix.positions * lengthOf(slice.inputs) * lengthOf(slice.outputs);
  if (arena.chance()) return { kind: 'accumulate', accumulator: arena.flat(size), ...slice } as const;
  if (arena.chance()) return { kind: 'sgd', weight: arena.weight(matrix), ...slice } as const;
  const apart = { ...matrix, inputs: lengthOf(slice.inputs), outputs: lengthOf(slice.outputs) };
  return { kind: 'sgd', weight: arena.weight(apart), isApart: true, ...slice } as const;
}

/** A weight, a slice of it, and one tensor or two that are packed like the slice. */
export function randomUpdate(arena: RandomArena, hasBase = arena.chance()) {
  const matrix = { positions: arena.upTo(4), inputs: arena.upTo(6), outputs: arena.upTo(20) };
  const [inputs, outputs] = [randomRange(arena, matrix.inputs), randomRange(arena, matrix.outputs)];
  const size = matrix.positions * lengthOf(inputs) * lengthOf(outputs);
  return {
    weight: arena.weight(matrix),
    inputs,
    outputs,
    accumulator: arena.flat(size),
    base: hasBase ? arena.flat(size) : null,
  };
}

export function randomPool(arena: RandomArena) {
  const [height, width, channels] = [arena.upTo(4), arena.upTo(4), arena.upTo(37)];
  const size = [arena.upTo(3), arena.upTo(3)] as const;
  const stride = [arena.upTo(3), arena.upTo(3)] as const;
  const unpooled = [(height - 1) * stride[0] + size[0], (width - 1) * stride[1] + size[1]] as const;
  return { height, width, channels, geometry: { size, stride }, unpooled };
}

/** A shape with groups of channels. */
export function randomGroups(arena: RandomArena) {
  const groups = arena.upTo(4);
  return { groups, shape: [arena.upTo(4), arena.upTo(4), groups * arena.upTo(13)] as const };
}
