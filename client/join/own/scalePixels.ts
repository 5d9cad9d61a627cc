// Scales a part of a picture by areas: each new pixel is the mean of what it covers. Pure.

export interface Pixels {
  /** `[height, width, channels]`, row-major. */
  readonly values: Uint8Array | Uint8ClampedArray | Float32Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** A part of a picture in its pixels; it may reach beyond the picture, where everything is 0. */
export interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** `[height, width, channels]`. */
export function scalePixels(
  from: Pixels,
  part: Part,
  width: number,
  height: number,
): Float32Array<ArrayBuffer> {
  const { channels } = from;
  const scaled = new Float32Array(width * height * channels);
  const columns = Array.from({ length: width }, (_, i) =>
    coverage(part.left, part.width / width, i, from.width),
  );
  const rows = Array.from({ length: height }, (_, i) =>
    coverage(part.top, part.height / height, i, from.height),
  );
  rows.forEach((row, y) =>
    columns.forEach((column, x) => {
      for (const { at: sourceY, share: shareY } of row)
        for (const { at: sourceX, share: shareX } of column)
          for (let channel = 0; channel < channels; channel++)
            scaled[(y * width + x) * channels + channel]! +=
              shareX * shareY * from.values[(sourceY * from.width + sourceX) * channels + channel]!;
    }),
  );
  return scaled;
}

/** The source pixels along one axis that new pixel `index` covers, each with its share of it. */
function coverage(start: number, step: number, index: number, size: number): { at: number; share: number }[] {
  const from = start + index * step;
  const to = from + step;
  const covered: { at: number; share: number }[] = [];
  for (let at = Math.max(0, Math.floor(from)); at < Math.min(size, to); at++)
    covered.push({ at, share: (Math.min(at + 1, to) - Math.max(at, from)) / step });
  return covered;
}
