// The data of the task `har`: human activities from a phone's motion sensors (HAPT, the raw signals of UCI HAR), from
// NPY files. Windows of 128 samples at 50 Hz that overlap by half; 21 volunteers train, 9 others are held out.

import {
  MOTION_CHANNELS as CHANNELS,
  MOTION_WINDOW as WINDOW,
  scaleMotion,
} from '../../shared/tasks/har/motionSignal.ts';
import type { TaskData } from '../../shared/tasks/task.ts';
import { DataError } from './dataError.ts';
import { findDataFiles, type WantedFiles } from './dataFiles.ts';
import { takeSamples } from '../../shared/tasks/deal.ts';
import { readNpy } from './readNpy.ts';

const CLASSES = 6;

/** The official split by volunteer. */
const HELD_OUT: ReadonlySet<number> = new Set([2, 4, 9, 10, 12, 13, 18, 20, 24]);

/** One step of the accelerometer in g, and of the gyroscope in rad/s. */
const UNITS = [1 / 720, 1 / 720, 1 / 720, ...Array<number>(3).fill(10.00841618 / 32768)];

const WANTED: WantedFiles = {
  task: 'har',
  folder: 'hapt',
  source:
    'https://archive.ics.uci.edu/dataset/341 (HAPT, the raw signals), cut into windows; docs/your-own-task.md tells their layout',
  files: {
    'windows.i16.npy': 'sha256 1856be669f9935474847d0f5d744ab6e85235e6acdd1a9e6ee8cdad21e14afb7',
    'labels.u8.npy': 'sha256 051e30cf501ef9abb4688dba6ea4930c39e4c14fcb0b58299f10e5c355107dae',
    'subjects.u8.npy': 'sha256 2d3b9d068431a866c708305230ddde978f057afcabddb51d820442bcab83314a',
    'experiments.u8.npy': 'sha256 f94e531a74898cdbc1bd306eaf46e0eb050c60cf84f6d42574cbf66f125c7505',
    'starts.u16.npy': 'sha256 e88ad03d77ed46d753d0c988bf5cad1b70305aed18c0f61c017dde69f8c93939',
  },
};

/** `dataDir`: the set's own folder or its parent. `groups` is the volunteer. Throws DataError where files are missing or bad. */
export async function loadHar(dataDir: string): Promise<TaskData> {
  const files = await findDataFiles(dataDir, WANTED);
  const [windows, ...columns] = await Promise.all(files.map(readNpy));
  const { shape, values } = windows!;
  const count = shape[0] ?? 0;
  if (shape.length !== 3 || count === 0 || shape[1] !== WINDOW || shape[2] !== CHANNELS)
    throw new DataError(
      `${files[0]}: expected shape [count, ${WINDOW}, ${CHANNELS}], got [${shape.join(', ')}]`,
    );
  columns.forEach((column, i) => {
    if (column.shape.length !== 1 || column.shape[0] !== count)
      throw new DataError(`${files[i + 1]}: expected shape [${count}], got [${column.shape.join(', ')}]`);
  });
  const [labels, subjects, recordings, starts] = columns.map((column) => column.values);
  const wrong = labels!.findIndex((label) => label >= CLASSES);
  if (wrong >= 0)
    throw new DataError(
      `${files[1]}: expected labels 0 to ${CLASSES - 1}, got ${labels![wrong]} at ${wrong}`,
    );

  const inputs = Float32Array.from(values, (value, i) => {
    const channel = i % CHANNELS;
    return scaleMotion(value * UNITS[channel]!, channel);
  });
  const overlaps = Uint8Array.from({ length: count }, (_, n) => {
    const gap = starts![n]! - starts![n - 1]!;
    return n > 0 && recordings![n] === recordings![n - 1] && gap >= 0 && gap < WINDOW ? 1 : 0;
  });
  const all = {
    count,
    inputs,
    labels: Uint8Array.from(labels!),
    groups: Uint32Array.from(subjects!),
    overlaps,
  };
  const samples = Array.from({ length: count }, (_, n) => n);
  return {
    train: takeSamples(
      all,
      samples.filter((n) => !HELD_OUT.has(subjects![n]!)),
    ),
    test: takeSamples(
      all,
      samples.filter((n) => HELD_OUT.has(subjects![n]!)),
    ),
  };
}
