// The data of the task `fashion`: Fashion-MNIST from four IDX files in a folder.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset, TaskData } from '../../shared/tasks/task.ts';
import { DataError } from './dataError.ts';
import { readIdx } from './readIdx.ts';

const FOLDER = 'fashion-mnist';
const SOURCE = 'https://github.com/zalandoresearch/fashion-mnist/tree/master/data/fashion';

/** File name without `.gz`, and the sha256 of the official gzipped file. */
const FILES = {
  trainImages: [
    'train-images-idx3-ubyte',
    '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
  ],
  trainLabels: [
    'train-labels-idx1-ubyte',
    'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
  ],
  testImages: ['t10k-images-idx3-ubyte', '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073'],
  testLabels: ['t10k-labels-idx1-ubyte', '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5'],
} as const;

/** `dataDir`: the set's own folder or its parent. Throws DataError with names, source and checksums when a file is missing. */
export async function loadFashionMnist(dataDir: string): Promise<TaskData> {
  const paths = await Promise.all(Object.values(FILES).map(([name]) => findFile(dataDir, name)));
  const missing = Object.values(FILES).filter((_, i) => paths[i] === null);
  if (missing.length > 0) {
    const names = missing.map(([name, sha256]) => `  ${name}.gz  sha256 ${sha256}`).join('\n');
    const where =
      dataDir === '' ? 'no --data-dir was given' : `not in ${dataDir} nor in its folder ${FOLDER}`;
    throw new DataError(`task "fashion" needs these files (${where}):\n${names}\nThey come from ${SOURCE}`);
  }
  const [trainImages, trainLabels, testImages, testLabels] = paths as [string, string, string, string];
  const [train, test] = await Promise.all([
    readPair(trainImages, trainLabels),
    readPair(testImages, testLabels),
  ]);
  return { train, test };
}

async function findFile(dataDir: string, name: string): Promise<string | null> {
  if (dataDir === '') return null;
  for (const folder of [dataDir, join(dataDir, FOLDER)]) {
    for (const file of [join(folder, `${name}.gz`), join(folder, name)]) {
      const found = await stat(file).catch(() => null);
      if (found?.isFile()) return file;
    }
  }
  return null;
}

async function readPair(imageFile: string, labelFile: string): Promise<Dataset> {
  const [images, labels] = await Promise.all([readIdx(imageFile), readIdx(labelFile)]);
  const [count, height, width] = images.shape;
  if (images.shape.length !== 3 || height !== 28 || width !== 28 || !count) {
    throw new DataError(`${imageFile}: expected shape [count, 28, 28], got [${images.shape.join(', ')}]`);
  }
  if (labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw new DataError(`${labelFile}: expected shape [${count}], got [${labels.shape.join(', ')}]`);
  }
  const wrong = labels.values.findIndex((label) => label > 9);
  if (wrong >= 0)
    throw new DataError(`${labelFile}: expected labels 0 to 9, got ${labels.values[wrong]} at ${wrong}`);
  return { count, inputs: images.values, labels: labels.values, groups: null };
}
