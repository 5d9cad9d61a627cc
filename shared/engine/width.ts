/** A width slice of a model: the share of channels kept, and where the window of kept channels begins (it wraps around). */
export interface Width {
  /** In (0, 1]; at least one channel, or norm group, of each layer is kept. */
  readonly ratio: number;
  /** In [0, 1): share of the channels before the first kept one. 0 keeps the leading ones. */
  readonly offset: number;
}
