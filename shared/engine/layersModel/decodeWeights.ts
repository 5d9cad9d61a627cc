// Weight tensors out of the bytes of a LayersModel file: float32, or quantised to 8 or 16 bits.
// Knows nothing of layers. The format is little endian, as is every platform with typed arrays that we meet.

import { sizeOf } from '../shapes.ts';
import { expected, fieldsOf, listField, numberField, objectField, textField, type Fields } from './fields.ts';
import { fromFloat16 } from '../float16.ts';

export interface FileTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Null where the file's type is no float: nothing that a layer of ours could take. */
  readonly values: Float32Array | null;
}

/** Bytes of an element as it is stored. */
const STORED_BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  float16: 2,
  uint16: 2,
  uint8: 1,
};

/**
 * The tensors that a `weightsManifest` (or the `weightSpecs` of artifacts in memory) lists, in its order, from all
 * shards concatenated; an optimizer's are left out. Throws RangeError naming the spec, the tensor that the bytes end in, or one
 * with a value that is not finite.
 */
export function decodeWeights(modelJson: unknown, weights: ArrayBuffer): FileTensor[] {
  const specs = listSpecs(fieldsOf(modelJson, 'modelJson'));
  const tensors: FileTensor[] = [];
  let offset = 0;
  for (const spec of specs) {
    const name = textField(spec, 'name');
    const shape = listField(spec, 'shape').map((extent) => {
      if (!Number.isInteger(extent) || (extent as number) < 0)
        throw expected(`${spec.prefix}shape`, 'a list of integers >= 0', spec.values['shape']);
      return extent as number;
    });
    const { stored, decode } = codecOf(spec);
    const end = offset + sizeOf(shape) * STORED_BYTES[stored]!;
    if (end > weights.byteLength)
      throw new RangeError(
        `weights must hold ${end} bytes up to the end of "${name}" [${shape.join(', ')}] (${stored}), got ${weights.byteLength}`,
      );
    if (spec.values['group'] !== 'optimizer') {
      const values = decode(weights.slice(offset, end));
      expectFinite(name, values);
      tensors.push({ name, shape, values });
    }
    offset = end;
  }
  if (offset !== weights.byteLength)
    throw new RangeError(
      `weights must hold the ${offset} bytes that ${specs.length} weight specs list, got ${weights.byteLength}`,
    );
  return tensors;
}

function expectFinite(name: string, values: Float32Array | null): void {
  const wrong = values?.findIndex((value) => !Number.isFinite(value)) ?? -1;
  if (wrong >= 0)
    throw new RangeError(
      `weights: "${name}" must hold finite numbers, got ${values![wrong]} at ${wrong}; the file is damaged, or its training diverged`,
    );
}

function listSpecs(file: Fields): Fields[] {
  const inMemory = file.values['weightsManifest'] === undefined && file.values['weightSpecs'] !== undefined;
  const groups = inMemory
    ? [{ specs: listField(file, 'weightSpecs'), path: 'weightSpecs' }]
    : listField(file, 'weightsManifest').map((group, index) => {
        const path = `weightsManifest[${index}]`;
        return { specs: listField(fieldsOf(group, path), 'weights'), path: `${path}.weights` };
      });
  return groups.flatMap(({ specs, path }) => specs.map((spec, index) => fieldsOf(spec, `${path}[${index}]`)));
}

interface Codec {
  readonly stored: string;
  readonly decode: (bytes: ArrayBuffer) => Float32Array | null;
}

function codecOf(spec: Fields): Codec {
  const dtype = textField(spec, 'dtype');
  if (spec.values['quantization'] === undefined) {
    if (dtype === 'float32') return { stored: dtype, decode: (bytes) => new Float32Array(bytes) };
    if (dtype === 'int32' || dtype === 'bool') return { stored: dtype, decode: () => null };
    throw expected(`${spec.prefix}dtype`, '"float32"', dtype);
  }
  const quantization = objectField(spec, 'quantization');
  const stored = textField(quantization, 'dtype');
  if (stored === 'float16')
    return { stored, decode: (bytes) => Float32Array.from(new Uint16Array(bytes), fromFloat16) };
  if (stored !== 'uint8' && stored !== 'uint16')
    throw expected(`${quantization.prefix}dtype`, '"uint8", "uint16" or "float16"', stored);
  const scale = numberField(quantization, 'scale');
  const min = numberField(quantization, 'min');
  const toFloat = (value: number) => value * scale + min;
  const decode = (bytes: ArrayBuffer) =>
    Float32Array.from(stored === 'uint8' ? new Uint8Array(bytes) : new Uint16Array(bytes), toFloat);
  return { stored, decode: dtype === 'float32' ? decode : () => null };
}
