// A task file with its data in a folder of its own, for tests.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom } from '../../../shared/random.ts';

export interface OwnTaskOptions {
  readonly rows?: number;
  readonly seed?: number;
  /** Fields of the file in place of the usual ones. */
  readonly changes?: object;
}

/** Rows of two numbers, `x` and `y`, of class `in` near the origin and `out` elsewhere. Returns the file's name. */
export function writeTaskFile(
  folder: string,
  { rows = 60, seed = 1, changes = {} }: OwnTaskOptions = {},
): string {
  mkdirSync(folder, { recursive: true });
  const random = createRandom(seed);
  const lines = Array.from({ length: rows }, (_, row) => {
    const [x, y] = [random.normal(), random.normal()];
    return `p${row % 6},${x.toFixed(3)},${y.toFixed(3)},${x * x + y * y < 1.4 ? 'in' : 'out'}`;
  });
  writeFileSync(join(folder, 'data.csv'), `person,x,y,where\n${lines.join('\n')}\n`);
  const task = {
    id: 'ring',
    title: 'Inside or outside',
    model: {
      input: [2],
      layers: [
        { kind: 'dense', name: 'hidden', units: 8 },
        { kind: 'relu', name: 'relu' },
        { kind: 'dense', name: 'class', units: 2 },
      ],
      loss: 'softmaxCrossEntropy',
    },
    data: { format: 'csv', train: 'data.csv', test: { share: 0.2 }, label: 'where', client: 'person' },
    classes: ['in', 'out'],
    metric: 'accuracy',
    floor: 0.6,
    target: 0.7,
    localWork: { batch: 8, epochs: 1, maxSteps: 40, learningRate: 0.1 },
    ...changes,
  };
  const file = join(folder, 'task.json');
  writeFileSync(file, JSON.stringify(task));
  return file;
}
