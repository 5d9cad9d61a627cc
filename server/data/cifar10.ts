// The data of the task `cifar10`: CIFAR-10 from the binary batches in a folder, as many of them as are there.

import type { Dataset, TaskData } from '../../shared/tasks/task.ts';
import { listDataFiles, missingFiles, type WantedFiles } from './dataFiles.ts';
import { readCifar } from './readCifar.ts';

const WANTED: WantedFiles = {
  task: 'cifar10',
  folder: 'cifar10',
  source:
    'https://www.cs.toronto.edu/~kriz/cifar.html (binary version, cifar-10-binary.tar.gz, md5 c32a1d4ab5d03f1284b67883e8d87530)',
  files: {
    'data_batch_1.bin':
      '(data_batch_2.bin and so on where they are there; all of one batch or its beginning)',
    'test_batch.bin': '',
  },
};

/** `data_batch_2_first5000.bin` is the beginning of a batch; a whole one comes before it by name. */
const BATCH = /^(data_batch_\d+|test_batch).*\.bin$/;

/** `dataDir`: the set's own folder or its parent. Throws DataError with names and source when there is nothing to train on, or to test on. */
export async function loadCifar10(dataDir: string): Promise<TaskData> {
  const batches = new Map<string, string>();
  const found = await listDataFiles(dataDir, WANTED.folder);
  for (const [name, file] of [...found].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const batch = BATCH.exec(name)?.[1];
    if (batch !== undefined && !batches.has(batch)) batches.set(batch, file);
  }
  const testFile = batches.get('test_batch');
  batches.delete('test_batch');
  const missing = Object.keys(WANTED.files).filter((_, i) => (i === 0 ? batches.size === 0 : !testFile));
  if (missing.length > 0 || !testFile) throw missingFiles(dataDir, WANTED, missing);
  return { train: await readAll([...batches.values()]), test: await readAll([testFile]) };
}

/** The records of the files, one after the other. */
export async function readAll(files: readonly string[]): Promise<Dataset> {
  const parts = await Promise.all(files.map(readCifar));
  return {
    count: parts.reduce((sum, { count }) => sum + count, 0),
    inputs: concat(parts.map(({ inputs }) => inputs)),
    labels: concat(parts.map(({ labels }) => labels)),
    groups: null,
  };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0]! : new Uint8Array(Buffer.concat(parts));
}
