// The geometry of a pool, of its gradient too.

/** `[height, width]` of a pooling window and of its steps. */
export interface PoolGeometry {
  readonly size: readonly [number, number];
  readonly stride: readonly [number, number];
}
