// Update schemes: which part of which parameter tensors a device trains, and therefore what travels back.

/** Half-open range `[from, to)` of channel indices. */
export type Range = readonly [from: number, to: number];

/**
 * One trained slice: rows `input` and columns `output` of a tensor seen as `[inputs, outputs]`
 * (a conv weight is `[kernelHeight * kernelWidth, inputChannels, filters]`; a bias has the input range `[0, 1)`).
 */
export interface SchemeEntry {
  /** Name of the parameter tensor. */
  readonly tensor: string;
  readonly output: Range;
  readonly input: Range;
}

/** Entries in the order of the model's parameters. An empty scheme trains nothing (evaluation only). */
export interface UpdateScheme {
  readonly entries: readonly SchemeEntry[];
}
