// Layouts of images in the arena: compact, with a zero border for the convolutions that read them, or zero-stuffed.

import type { Layout } from '../tensors.ts';
import type { ConvStage } from './stage.ts';
import type { ImageShape } from '../shapes.ts';

export function compactLayout([height, width, channels]: ImageShape): Layout {
  return { height, width, channels, rows: height, columns: width, top: 0, left: 0, step: 1 };
}

/** An image with a zero border wide enough for every one of the convolutions that read it. */
export function borderedLayout(shape: ImageShape, readers: readonly ConvStage[]): Layout {
  const compact = compactLayout(shape);
  const widest = (border: (stage: ConvStage) => number) => Math.max(0, ...readers.map(border));
  const top = widest(({ geometry }) => geometry.padTop);
  const left = widest(({ geometry }) => geometry.padLeft);
  const rows = top + compact.height + widest(({ padBottom }) => padBottom);
  const columns = left + compact.width + widest(({ padRight }) => padRight);
  return { ...compact, rows, columns, top, left };
}

/**
 * The convolution's output gradient, padded and (stride 2) zero-stuffed, so that a valid stride-1 correlation with the
 * flipped kernel gives the gradient of the unpadded input:
 *
 *     rows = height + kernelHeight - 1,  element (i, j) at (kernelHeight - 1 - padTop + i * stride, ...)
 */
export function convGradientLayout({ input, convolved, geometry }: ConvStage): Layout {
  const { kernelHeight, kernelWidth, stride, padTop, padLeft } = geometry;
  return {
    ...compactLayout(convolved),
    rows: input[0] + kernelHeight - 1,
    columns: input[1] + kernelWidth - 1,
    top: kernelHeight - 1 - padTop,
    left: kernelWidth - 1 - padLeft,
    step: stride,
  };
}

/** Bytes that the rows between two fused convolutions may take before a strip is one output row: half of a usual first cache. */
const STRIP_BYTES = 16 * 1024;

/**
 * The rows that a strip of outputs of a depthwise convolution reads, as many outputs as fit the cache, with a border at
 * left and right. Rows above and below the image are rows like others.
 */
export function stripLayout({ input, output, geometry, padRight }: ConvStage): Layout {
  const { kernelHeight, stride, padLeft } = geometry;
  const [, width, channels] = input;
  const columns = padLeft + width + padRight;
  const fitting = Math.floor(STRIP_BYTES / (columns * channels * 4));
  const outputs = Math.floor((fitting - kernelHeight) / stride) + 1;
  const rows = (Math.min(Math.max(outputs, 1), output[0]) - 1) * stride + kernelHeight;
  return { height: rows, width, channels, rows, columns, top: 0, left: padLeft, step: 1 };
}

export function isCompact(layout: Layout): boolean {
  return layout.rows === layout.height && layout.columns === layout.width && layout.step === 1;
}

export function sameLayout(a: Layout, b: Layout): boolean {
  return (
    a.rows === b.rows && a.columns === b.columns && a.top === b.top && a.left === b.left && a.step === b.step
  );
}

/** Elements of one sample, the border included. */
export function layoutSize(layout: Layout): number {
  return layout.rows * layout.columns * layout.channels;
}
