// The tensors of a graph before they have a place in the arena.

import type { ElementType, Layout, Matrix, Precision, TensorRole } from '../tensors.ts';
import { weightBytes } from '../weightCodec.ts';
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
  persistent(role: TensorRole, name: string, size: number): number;
  /** Adds a model parameter and returns its id. */
  parameter(name: string, size: number, matrix: Matrix, precision: Precision): number;
  /** Adds a tensor of `share` elements for each element of the layout (one a sample where it is null) and returns its id. */
  scratch(
    role: TensorRole,
    name: string,
    elementType: 'float32' | 'uint8',
    layout: Layout | null,
    share: number,
  ): number;
  /** Adds a float32 activation of one sample, whatever the micro-batch, and returns its id. */
  ofSample(name: string, layout: Layout): number;
  /** Adds a float32 activation or gradient that holds the whole batch, for as long as a step lasts. */
  ofBatch(role: TensorRole, name: string, layout: Layout): number;
}

const BYTES = { float32: 4, uint8: 1, float64: 8 };

/** An empty table for tensors of `microBatch` samples, and some of `batch`. */
export function createTensorTable(microBatch: number, batch: number): TensorTable {
  const tensors: UnplacedTensor[] = [];
  type Shape = Pick<UnplacedTensor, 'name' | 'role' | 'persistent' | 'size'>;
  function add(elementType: keyof typeof BYTES, shape: Shape, rest: Partial<UnplacedTensor> = {}): number {
    const id = tensors.length;
    const bytes = shape.size * BYTES[elementType];
    tensors.push({ id, ...shape, elementType, matrix: null, layout: null, perBatch: false, bytes, ...rest });
    return id;
  }
  return {
    tensors,
    persistent(role, name, size) {
      return add(role === 'metrics' ? 'float64' : 'float32', { name, role, persistent: true, size });
    },
    parameter(name, size, matrix, precision) {
      const shape = { name, role: 'parameter', persistent: true, size } as const;
      return add('float32', shape, { matrix, elementType: precision, bytes: weightBytes(matrix, precision) });
    },
    scratch(role, name, elementType, layout, share) {
      const size = Math.ceil(microBatch * (layout ? layoutSize(layout) : 1) * share);
      return add(elementType, { name, role, persistent: false, size }, { layout });
    },
    ofSample(name, layout) {
      const shape = { name, role: 'activation', persistent: false, size: layoutSize(layout) } as const;
      return add('float32', shape, { layout });
    },
    ofBatch(role, name, layout) {
      const size = batch * layoutSize(layout);
      return add('float32', { name, role, persistent: true, size }, { layout, perBatch: true });
    },
  };
}
