// A convolution and the depthwise one that reads it, strip by strip of outputs, so that of the image between them only the
// rows that a strip reads exist. The two go through their own kernels, for which a row is an image, and so is a strip.
//
//     rows:  | kept from the strip before | new ones | zeroes below the image |

import type { ExpandDepthwiseOp } from './op.ts';
import type { Local } from '../../wasm/code/assembler.ts';
import { copyBytes, fillZero, i32, select, type Expression } from '../../wasm/code/instructions.ts';
import { forEachSample, imageOf, type Image, type Kernel } from '../../wasm/kernels/kernel.ts';
import { emitDepthwiseConv2d } from '../conv2d/depthwiseWasm.ts';
import { emitConv2d } from '../conv2d/wasm.ts';

/** So many rows of the image as an image of their own, `first` pointing at their first element. */
function rowsOf(image: Image, first: Local, height: number): Image {
  const { layout, pixelBytes, bufferRowBytes } = image;
  return {
    ...image,
    layout: { ...layout, height },
    at: (bytes) => i32.add(first, bytes),
    sampleBytes: (height - 1) * bufferRowBytes + layout.width * pixelBytes,
    capacity: 1,
  };
}

function smaller(a: Local, b: Expression): Expression {
  return select(i32.ltS(a, b), a, b);
}

export function emitExpandDepthwise(kernel: Kernel, op: ExpandDepthwiseOp): void {
  const { f } = kernel;
  const { expand, depthwise } = op;
  const { kernelHeight, stride, padTop } = depthwise.geometry;
  const [x, rows, y] = [imageOf(kernel, op.x), imageOf(kernel, op.rows), imageOf(kernel, op.y)];
  const numRows = rows.layout.rows;
  const stripHeight = (numRows - kernelHeight) / stride + 1;
  const start = kernel.tensor(op.rows).offset;
  const end = start + rows.sampleBytes;

  const one = { ...kernel, count: f.local('i32', 1) };
  const [xSample, ySample] = [f.local('i32', x.at(0)), f.local('i32', y.at(0))];
  const [xRow, yRow, row, element] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
  /** Rows of the expanded image and of y that are yet to be made. */
  const [expandedLeft, outputsLeft] = [f.local('i32'), f.local('i32')];
  /** Rows by which y moves on to the next strip, and at the end of `rows` that are not there yet; how many can be made. */
  const [moved, missing, made] = [f.local('i32'), f.local('i32'), f.local('i32')];
  const missingBytes = i32.mul(missing, rows.bufferRowBytes);

  function emitMissingRows(): void {
    f.set(row, i32.sub(end, missingBytes));
    f.set(made, smaller(missing, expandedLeft));
    f.set(expandedLeft, i32.sub(expandedLeft, made));
    f.if(made, () =>
      f.repeat(made, () => {
        f.set(element, i32.add(row, rows.layout.left * rows.pixelBytes));
        const conv2d = { kind: 'conv2d', x: op.x, y: op.rows, pool: null, ...expand } as const;
        f.scope(() => emitConv2d(one, conv2d, rowsOf(x, xRow, 1), rowsOf(rows, element, 1)));
        f.advance(xRow, expand.geometry.stride * x.bufferRowBytes);
        f.advance(row, rows.bufferRowBytes);
      }),
    );
    f.emit(fillZero(row, i32.sub(end, row)));
  }

  function emitStrip(): void {
    const geometry = { ...depthwise.geometry, padTop: 0 };
    const conv2d = { kind: 'conv2d', x: op.rows, y: op.y, pool: null, ...depthwise, geometry } as const;
    f.set(element, start + rows.layout.left * rows.pixelBytes);
    f.scope(() =>
      emitDepthwiseConv2d(one, conv2d, rowsOf(rows, element, numRows), rowsOf(y, yRow, stripHeight)),
    );
  }

  forEachSample(
    kernel,
    [
      [xSample, x.sampleBytes],
      [ySample, y.sampleBytes],
    ],
    () => {
      f.emit(fillZero(start, rows.sampleBytes));
      f.set(xRow, xSample);
      f.set(yRow, ySample);
      f.set(expandedLeft, op.expandedHeight);
      f.set(outputsLeft, y.layout.height - stripHeight);
      f.set(missing, numRows - padTop);
      f.doWhile(() => {
        emitMissingRows();
        emitStrip();
        // The last strip ends with the image: some of its rows are made a second time.
        f.set(moved, smaller(outputsLeft, i32.const(stripHeight)));
        f.set(outputsLeft, i32.sub(outputsLeft, moved));
        f.advance(yRow, i32.mul(moved, y.rowBytes));
        f.set(missing, i32.mul(moved, stride));
        const kept = i32.sub(rows.sampleBytes, missingBytes);
        f.emit(copyBytes(start, i32.add(missingBytes, start), kept));
        return moved;
      });
    },
  );
}
