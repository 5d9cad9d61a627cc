// The tensors of a graph before they have a place in the arena.

import type { ElementType, Layout, Matrix, TensorRole } from '../plan.ts';
import { layoutSize } from './layout.ts';

/** An arena tensor without its offset. `persistent` ones live from the first load to the end, all others within one program. */
export interface UnplacedTensor {
  readonly id: number;
  readonly name: string;
  readonly role: TensorRole;
  readonly persistent: boolean;
  readonly elementType: ElementType;
  readonly matrix: Matrix | null;
  readonly layout: Layout | null;
  readonly perBatch: boolean;
  readonly size: number;
  readonly bytes: number;
}

export interface TensorTable {
  readonly tensors: UnplacedTensor[];
  /** Adds a tensor of `size` elements (float64 metrics, float32 all others) and returns its id. */
  persistent(role: TensorRole, name: string, size: number, matrix?: Matrix): number;
  /** Adds a tensor of `share` elements for each element of the layout (one a sample where it is null) and returns its id. */
  scratch(
    role: TensorRole,
    name: string,
    elementType: ElementType,
    layout: Layout | null,
    share: number,
  ): number;
  /** Adds a float32 activation or gradient that holds the whole batch, for as long as a step lasts. */
  ofBatch(role: TensorRole, name: string, layout: Layout): number;
}

const BYTES: Record<ElementType, number> = { float32: 4, uint8: 1, float64: 8 };

/** An empty table for tensors of `microBatch` samples, and some of `batch`. */
export function createTensorTable(microBatch: number, batch: number): TensorTable {
  const tensors: UnplacedTensor[] = [];
  function add(tensor: Omit<UnplacedTensor, 'id' | 'bytes' | 'perBatch'>, perBatch = false): number {
    const id = tensors.length;
    tensors.push({ ...tensor, id, perBatch, bytes: tensor.size * BYTES[tensor.elementType] });
    return id;
  }
  return {
    tensors,
    persistent(role, name, size, matrix) {
      const elementType = role === 'metrics' ? 'float64' : 'float32';
      return add({ name, role, persistent: true, elementType, matrix: matrix ?? null, layout: null, size });
    },
    scratch(role, name, elementType, layout, share) {
      const size = Math.ceil(microBatch * (layout ? layoutSize(layout) : 1) * share);
      return add({ name, role, persistent: false, elementType, matrix: null, layout, size });
    },
    ofBatch(role, name, layout) {
      const size = batch * layoutSize(layout);
      return add({ name, role, persistent: true, elementType: 'float32', matrix: null, layout, size }, true);
    },
  };
}
