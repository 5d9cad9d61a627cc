// The data of the task `fashion`: Fashion-MNIST from four IDX files in a folder.

import type { Dataset, TaskData } from '../../shared/tasks/task.ts';
import { DataError } from './dataError.ts';
import { findDataFiles, type WantedFiles } from './dataFiles.ts';
import { readIdx } from './readIdx.ts';

/** With the sha256 of the official gzipped files. */
const WANTED: WantedFiles = {
  task: 'fashion',
  folder: 'fashion-mnist',
  source: 'https://github.com/zalandoresearch/fashion-mnist/tree/master/data/fashion',
  files: {
    'train-images-idx3-ubyte': 'sha256 3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
    'train-labels-idx1-ubyte': 'sha256 a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
    't10k-images-idx3-ubyte': 'sha256 346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
    't10k-labels-idx1-ubyte': 'sha256 67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
  },
};

/** `dataDir`: the set's own folder or its parent. Throws DataError with names, source and checksums when a file is missing. */
export async function loadFashionMnist(dataDir: string): Promise<TaskData> {
  const [trainImages, trainLabels, testImages, testLabels] = await findDataFiles(dataDir, WANTED);
  const [train, test] = await Promise.all([
    readPair(trainImages!, trainLabels!),
    readPair(testImages!, testLabels!),
  ]);
  return { train, test };
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
