// Reads a part of a task of one's own from arrays: IDX or NPY files, or CIFAR-10 records.
// Knows nothing of models, scaling or splitting.

import { readCifar } from '../readCifar.ts';
import { DataError } from '../dataError.ts';
import { readIdx } from '../readIdx.ts';
import { readNpy, type NpyArray } from '../readNpy.ts';
import { createClientNames } from './clientNames.ts';
import type { Aspect, RawPart } from './rawPart.ts';
import { sampleRowsOf, type Numbers } from './sampleRows.ts';
import type { DataSection } from './taskFile.ts';

export type ArraySection = Extract<DataSection, { format: 'idx' | 'npy' }>;
export type CifarSection = Extract<DataSection, { format: 'cifar' }>;
/** Paths of the files. */
export type ArrayFiles = ArraySection['train'];

/** Throws DataError naming the file, and the index in it. */
export async function readArrayPart(data: ArraySection, files: ArrayFiles): Promise<RawPart> {
  const read = data.format === 'idx' ? readBytes : readNpy;
  const { shape, values } = await read(files.inputs);
  const count = shape[0] ?? 0;
  if (count === 0)
    throw new DataError(`${files.inputs}: expected at least one sample, got shape [${shape.join(', ')}]`);
  expectFinite(values, count, files.inputs);

  async function column(file: string): Promise<NpyArray> {
    const array = await read(file);
    if (array.shape.length !== 1 || array.shape[0] !== count)
      throw new DataError(
        `${file}: expected shape [${count}], one for each sample, got [${array.shape.join(', ')}]`,
      );
    return array;
  }
  async function labelsOf(file: string): Promise<Uint8Array> {
    const { values } = await column(file);
    const odd = values.findIndex((label) => !Number.isInteger(label) || label < 0 || label > 255);
    if (odd >= 0)
      throw new DataError(`${file} index ${odd}: expected a label from 0 to 255, got ${values[odd]}`);
    return Uint8Array.from(values);
  }
  async function targetsOf(file: string): Promise<Numbers> {
    const { shape, values } = await read(file);
    if (shape[0] !== count)
      throw new DataError(`${file}: expected ${count} samples, got shape [${shape.join(', ')}]`);
    expectFinite(values, count, file);
    return values;
  }
  const { labels, targets, clients } = files;
  return {
    inputs: sampleRowsOf(values, count),
    labels: labels === undefined ? null : await labelsOf(labels),
    targets: targets === undefined ? (data.targets ?? null) : sampleRowsOf(await targetsOf(targets), count),
    clients: clients === undefined ? null : clientsOf((await column(clients)).texts()),
    columns: null,
    file: files.inputs,
    placeOf: (aspect: Aspect, sample) => `${files[aspect] ?? files.inputs} index ${sample}`,
    notes: [],
  };
}

export async function readCifarPart(data: CifarSection, files: readonly string[]): Promise<RawPart> {
  const parts = await Promise.all(files.map(readCifar));
  const ends: number[] = [];
  for (const { count } of parts) ends.push((ends.at(-1) ?? 0) + count);
  const inputs = new Uint8Array(Buffer.concat(parts.map((part) => part.inputs)));
  const labels = new Uint8Array(Buffer.concat(parts.map((part) => part.labels)));
  return {
    inputs: sampleRowsOf(inputs, labels.length),
    labels: data.targets ? null : labels,
    targets: data.targets ?? null,
    clients: null,
    columns: null,
    file: files.join(', '),
    placeOf(_, sample) {
      const file = ends.findIndex((end) => sample < end);
      return `${files[file]} record ${sample - (ends[file - 1] ?? 0) + 1}`;
    },
    notes: [],
  };
}

async function readBytes(file: string): Promise<NpyArray> {
  const { shape, values } = await readIdx(file);
  return { shape, values, texts: () => Array.from(values, String) };
}

function clientsOf(texts: readonly string[]): RawPart['clients'] {
  const clients = createClientNames();
  return { of: Uint32Array.from(texts, clients.numberOf), names: clients.names };
}

function expectFinite(values: Numbers, count: number, file: string): void {
  if (values instanceof Uint8Array) return;
  const odd = values.findIndex((value) => !Number.isFinite(value));
  if (odd < 0) return;
  const index = Math.floor((odd * count) / values.length);
  throw new DataError(`${file} index ${index}: expected finite numbers, got ${values[odd]}`);
}
