// Shapes of one sample: the batch axis is never part of them. Knows nothing of layers or stages.

/** `[height, width, channels]`, or `[features]`. */
export type SampleShape = readonly number[];

/** As an image: `[height, width, channels]`; `[1, 1, features]` for flat ones. */
export type ImageShape = readonly [height: number, width: number, channels: number];

export function toImage(shape: SampleShape): ImageShape {
  return shape.length === 3 ? [shape[0]!, shape[1]!, shape[2]!] : [1, 1, shape[0]!];
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
