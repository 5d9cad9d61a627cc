// Layouts of images in the arena: compact, with a zero border for the convolution that reads them, or zero-stuffed.

import type { Layout } from '../plan.ts';
import type { ConvStage, ImageShape } from './stages.ts';

export function compactLayout([height, width, channels]: ImageShape): Layout {
  return { height, width, channels, rows: height, columns: width, top: 0, left: 0, step: 1 };
}

/** The convolution's input with its zero border, so that the convolution itself is a valid one. */
export function convInputLayout(stage: ConvStage): Layout {
  const { rows, columns, top, left } = stage.padding;
  return { ...compactLayout(stage.input), rows, columns, top, left };
}

/**
 * The convolution's output gradient, padded and (stride 2) zero-stuffed, so that a valid stride-1 correlation with the
 * flipped kernel gives the gradient of the unpadded input:
 *
 *     rows = height + kernelHeight - 1,  element (i, j) at (kernelHeight - 1 - padTop + i * stride, ...)
 */
export function convGradientLayout(stage: ConvStage): Layout {
  const { kernelHeight, kernelWidth, stride } = stage.geometry;
  return {
    ...compactLayout(stage.convolved),
    rows: stage.input[0] + kernelHeight - 1,
    columns: stage.input[1] + kernelWidth - 1,
    top: kernelHeight - 1 - stage.padding.top,
    left: kernelWidth - 1 - stage.padding.left,
    step: stride,
  };
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
