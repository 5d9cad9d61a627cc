// What a plan needs to know of an op besides its fields.

/** Of the op's tensors, by id, one sample each, seen without borders. */
export interface OpShapes {
  /** Samples that it runs on. */
  readonly count: number;
  pixels(id: number): number;
  features(id: number): number;
  width(id: number): number;
}

/** An op of the fused graph, numbers in it being tensor ids. */
export interface OpKind<O> {
  /** All tensors that it reads or writes; null where it has none. */
  operands(op: O): readonly (number | null)[];
  /** Two for each multiply-add; absent: it is not counted. */
  flops?(op: O, shapes: OpShapes): number;
}
