// Reads the training or the test part of a task of one's own, in whatever format, into one form.
// Knows nothing of models, scaling or splitting.

import { resolve } from 'node:path';
import { readAll } from '../cifar10.ts';
import { DataError } from '../dataError.ts';
import { type CsvTable, readCsv } from '../readCsv.ts';
import { readIdx } from '../readIdx.ts';
import { readNpy } from '../readNpy.ts';
import type { DataSection } from './taskFile.ts';

/** Samples as they lie in the files. */
export interface RawPart {
  /** For messages. */
  readonly file: string;
  readonly count: number;
  /** `[count, ...]`. */
  readonly inputs: Uint8Array | Float32Array;
  /** `[count]`, or null. */
  readonly labels: Uint8Array | null;
  /** `[count, outputs]`; `inputs`: the inputs themselves; or null. */
  readonly targets: Float32Array | 'inputs' | null;
  /** Name of each sample's natural client, or null. */
  readonly clients: readonly string[] | null;
  /** Names of the columns that `inputs` came from; null where the file has none. */
  readonly columns: readonly string[] | null;
}

type CsvSection = Extract<DataSection, { format: 'csv' }>;
type ArraySection = Extract<DataSection, { format: 'idx' | 'npy' }>;
type ArrayFiles = ArraySection['train'];

/** File names are relative to `folder`; `classes` name the labels of CSV files. Throws DataError naming file and place. */
export async function readPart(
  data: DataSection,
  part: DataSection['train'],
  folder: string,
  classes: readonly string[],
): Promise<RawPart> {
  switch (data.format) {
    case 'csv':
      return readCsvPart(data, resolve(folder, part as string), classes);
    case 'idx':
    case 'npy':
      return readArrayPart(data, part as ArrayFiles, folder);
    case 'cifar': {
      const files = (part as string[]).map((name) => resolve(folder, name));
      const { count, inputs, labels } = await readAll(files);
      const truth = data.targets ? { labels: null, targets: data.targets } : { labels, targets: null };
      return { file: files.join(', '), count, inputs, ...truth, clients: null, columns: null };
    }
    default:
      return data satisfies never;
  }
}

async function readCsvPart(data: CsvSection, file: string, classes: readonly string[]): Promise<RawPart> {
  const table = await readCsv(file, data.delimiter);
  const { label, targets, client } = data;
  const isTaken = new Set([label, client, ...(Array.isArray(targets) ? targets : [])]);
  const inputs = data.inputs ?? table.columns.filter((column) => !isTaken.has(column));
  return {
    file,
    count: table.count,
    inputs: table.numbers(inputs),
    labels: label === undefined ? null : classesOf(table, label, classes),
    targets: Array.isArray(targets) ? table.numbers(targets) : (targets ?? null),
    clients: client === undefined ? null : table.texts(client),
    columns: inputs,
  };
}

function classesOf(table: CsvTable, column: string, classes: readonly string[]): Uint8Array {
  return Uint8Array.from(table.texts(column), (cell, row) => {
    const index = classes.indexOf(cell);
    if (index >= 0) return index;
    throw new DataError(
      `${table.lineOf(row)}, column "${column}": expected a class (${classes.join(', ')}), got "${cell}"`,
    );
  });
}

async function readArrayPart(data: ArraySection, files: ArrayFiles, folder: string): Promise<RawPart> {
  const read = data.format === 'idx' ? readIdx : readNpy;
  const file = resolve(folder, files.inputs);
  const { shape, values: inputs } = await read(file);
  const count = shape[0] ?? 0;
  if (count === 0)
    throw new DataError(`${file}: expected at least one sample, got shape [${shape.join(', ')}]`);
  expectFinite(inputs, file);

  async function column(name: string | undefined): Promise<Uint8Array | Float32Array | null> {
    if (name === undefined) return null;
    const array = await read(resolve(folder, name));
    if (array.shape.length !== 1 || array.shape[0] !== count)
      throw new DataError(
        `${resolve(folder, name)}: expected shape [${count}], one for each sample, got [${array.shape.join(', ')}]`,
      );
    return array.values;
  }
  async function targetsOf(name: string): Promise<Float32Array> {
    const path = resolve(folder, name);
    const array = await read(path);
    if (array.shape[0] !== count)
      throw new DataError(`${path}: expected ${count} samples, got shape [${array.shape.join(', ')}]`);
    expectFinite(array.values, path);
    return Float32Array.from(array.values);
  }
  const labels = await column(files.labels);
  const clients = await column(files.clients);
  const odd = labels ? labels.findIndex((label) => !Number.isInteger(label) || label < 0 || label > 255) : -1;
  if (odd >= 0)
    throw new DataError(
      `${resolve(folder, files.labels!)}: expected labels 0 to 255, got ${labels![odd]} at ${odd}`,
    );
  return {
    file,
    count,
    inputs,
    labels: labels && Uint8Array.from(labels),
    targets: files.targets === undefined ? (data.targets ?? null) : await targetsOf(files.targets),
    clients: clients && Array.from(clients, String),
    columns: null,
  };
}

function expectFinite(values: Uint8Array | Float32Array, file: string): void {
  if (values instanceof Uint8Array) return;
  const odd = values.findIndex((value) => !Number.isFinite(value));
  if (odd >= 0) throw new DataError(`${file}: expected finite numbers, got ${values[odd]} at element ${odd}`);
}
