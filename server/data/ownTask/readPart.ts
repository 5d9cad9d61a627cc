// Reads the training or the test part of a task of one's own, in whatever format, into one form.
// Knows nothing of models, scaling or splitting.

import { readArrayPart, readCifarPart, type ArrayFiles } from './arrayPart.ts';
import { readCsvPart } from './csvPart.ts';
import { findDataFile, type DataPlaces } from './dataPaths.ts';
import type { RawPart } from './rawPart.ts';
import type { DataSection } from './taskFile.ts';

export interface PartContext extends DataPlaces {
  /** Names of the labels of CSV files. */
  readonly classes: readonly string[];
  /** Columns of the training file's inputs, for its test file; null for the training file. */
  readonly like: readonly string[] | null;
}

/** `which`: the field of `data` that says `part`. Throws DataError naming field, or file and place. */
export async function readPart(
  data: DataSection,
  which: 'train' | 'test',
  part: DataSection['train'],
  context: PartContext,
): Promise<RawPart> {
  const find = (name: string, field = ''): Promise<string> =>
    findDataFile(name, `data.${which}${field}`, context);
  switch (data.format) {
    case 'csv':
      return readCsvPart(data, await find(part as string), context.classes, context.task, context.like);
    case 'idx':
    case 'npy': {
      const files: Record<string, string> = {};
      for (const [aspect, name] of Object.entries(part as ArrayFiles))
        files[aspect] = await find(name, `.${aspect}`);
      return readArrayPart(data, files as unknown as ArrayFiles);
    }
    case 'cifar': {
      const files = await Promise.all((part as string[]).map((name, i) => find(name, `.${i}`)));
      return readCifarPart(data, files);
    }
    default:
      return data satisfies never;
  }
}
