// Input gradients of convolutions: dot products along the filters, one parity of outputs after the other.

import type { Conv2dInputGradOp } from './op.ts';
import { ofOutputs } from '../conv2d/geometry.ts';
import type { Local } from '../../wasm/code/assembler.ts';
import { i32 } from '../../wasm/code/instructions.ts';
import { dotShape, emitDotTile, storeSums, type TapWalk } from '../../wasm/kernels/dotTile.ts';
import {
  columnTiles,
  forEachSample,
  imageOf,
  isContiguous,
  isPointwise,
  type Kernel,
} from '../../wasm/kernels/kernel.ts';
import { emitMatrixInputGrad } from '../../wasm/kernels/matrixInputGrad.ts';
import { parityClasses, type ParityClass } from '../../wasm/kernels/parity.ts';
import { weightOf } from '../../wasm/kernels/weight.ts';

export function emitConv2dInputGrad(kernel: Kernel, op: Conv2dInputGradOp): void {
  const { geometry, accumulate } = op;
  const dy = imageOf(kernel, op.dy);
  const dx = imageOf(kernel, op.dx);
  const [first, end] = op.outputs ?? [0, geometry.filters];
  if (isPointwise(geometry) && isContiguous(dy) && isContiguous(dx)) {
    const pixels = dx.layout.height * dx.layout.width;
    return emitMatrixInputGrad(kernel, {
      dy: dy.at(first * 4),
      weight: weightOf(kernel, op.weight),
      dx: dx.at(0),
      rows: i32.mul(kernel.count, pixels),
      capacity: dx.capacity * pixels,
      inputs: geometry.inputChannels,
      outputs: end - first,
      dyRowBytes: dy.pixelBytes,
      accumulate,
    });
  }
  const { f } = kernel;
  const dySample = f.local('i32', dy.start);
  const dxSample = f.local('i32', dx.at(0));
  forEachSample(
    kernel,
    [
      [dySample, dy.sampleBytes],
      [dxSample, dx.sampleBytes],
    ],
    () => {
      for (const parity of parityClasses(geometry, dy.layout, dx.layout))
        f.scope(() => emitParityClass(kernel, op, parity, dySample, dxSample));
    },
  );
}

/** The outputs of one parity, of one sample. */
function emitParityClass(
  kernel: Kernel,
  { accumulate, outputs, ...op }: Conv2dInputGradOp,
  { rows, columns, step }: ParityClass,
  dySample: Local,
  dxSample: Local,
): void {
  const { f, lanes } = kernel;
  const geometry = ofOutputs(op.geometry, outputs);
  const weight = weightOf(kernel, op.weight);
  const tileShape = dotShape(kernel, weight);
  const [rowTap, columnTap] = [rows.taps[0], columns.taps[0]];
  const isEmpty = rowTap === undefined || columnTap === undefined;
  if (isEmpty && accumulate) return;
  const { kernelWidth, inputChannels, filters, groups } = geometry;
  const [dy, dx] = [imageOf(kernel, op.dy), imageOf(kernel, op.dx)];
  const [inputsPerGroup, filtersPerGroup] = [inputChannels / groups, filters / groups];
  const [dyPixelBytes, weightRowBytes] = [op.geometry.filters * 4, filters * weight.elementBytes];
  const positionBytes = inputsPerGroup * weightRowBytes;
  const taps: TapWalk = {
    rows: isEmpty ? 0 : rows.taps.length,
    columns: columns.taps.length,
    dyRowBytes: step * dy.bufferRowBytes,
    dyColumnBytes: step * dyPixelBytes,
    weightRowBytes: -step * kernelWidth * positionBytes,
    weightColumnBytes: -step * positionBytes,
  };
  const firstPosition = isEmpty ? 0 : rowTap.kernel * kernelWidth + columnTap.kernel;
  const dyFirst =
    (rows.first + (rowTap?.at ?? 0)) * dy.bufferRowBytes +
    (columns.first + (columnTap?.at ?? 0)) * dyPixelBytes +
    (outputs?.[0] ?? 0) * 4;
  const dxFirst = rows.first * dx.rowBytes + columns.first * dx.pixelBytes;
  const [dyRow, dxRow, dyPixel, dxPixel] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
  const [a, b] = [f.local('i32'), f.local('i32')];

  for (const { first, columns: inputs, times } of columnTiles(inputsPerGroup, tileShape.inputs, lanes)) {
    f.scope(() => {
      const weightColumn = f.local(
        'i32',
        weight.address + firstPosition * positionBytes + first * weightRowBytes,
      );
      const dyGroup = f.local('i32', i32.add(dySample, dyFirst));
      const dxColumn = f.local('i32', i32.add(dxSample, dxFirst + first * 4));
      const emitPixels = (pixels: number): void => {
        f.scope(() => {
          f.set(a, dyPixel);
          f.set(b, weightColumn);
          const sums = emitDotTile(kernel, {
            dy: a,
            weight,
            weightRow: b,
            rowOffsets: Array.from({ length: pixels }, (_, pixel) => pixel * step * dyPixelBytes),
            numInputs: inputs,
            weightRowBytes,
            numOutputs: filtersPerGroup,
            taps,
          });
          storeSums(kernel, dxPixel, step * dx.pixelBytes, sums, accumulate);
          f.advance(dyPixel, pixels * step * dyPixelBytes);
          f.advance(dxPixel, pixels * step * dx.pixelBytes);
        });
      };
      f.repeat(groups, () => {
        f.repeat(times, () => {
          f.set(dyRow, dyGroup);
          f.set(dxRow, dxColumn);
          f.repeat(rows.count, () => {
            f.set(dyPixel, dyRow);
            f.set(dxPixel, dxRow);
            f.repeat(Math.floor(columns.count / tileShape.rows), () => emitPixels(tileShape.rows));
            if (columns.count % tileShape.rows > 0) emitPixels(columns.count % tileShape.rows);
            f.advance(dyRow, step * dy.bufferRowBytes);
            f.advance(dxRow, step * dx.rowBytes);
          });
          f.advance(weightColumn, inputs * weightRowBytes);
          f.advance(dxColumn, inputs * 4);
        });
        f.advance(weightColumn, filtersPerGroup * weight.elementBytes - times * inputs * weightRowBytes);
        f.advance(dxColumn, (inputsPerGroup - times * inputs) * 4);
        f.advance(dyGroup, filtersPerGroup * 4);
      });
    });
  }
}
