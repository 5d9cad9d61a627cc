// A small task of a person's own, in a folder of its own for each test.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { openOwnTask } from '../ownTask/openOwnTask.ts';

export const MODEL = {
  input: [2],
  layers: [{ kind: 'dense', name: 'head', units: 3 }],
  loss: 'softmaxCrossEntropy',
};
export const TASK = {
  id: 'mine',
  model: MODEL,
  data: { format: 'csv', train: 'train.csv', test: { share: 0.25 }, label: 'kind' },
  classes: ['a', 'b', 'c'],
  metric: 'accuracy',
  floor: 0.5,
  target: 0.9,
};
/** Eight rows of three kinds by four people: `train.csv`. */
export const CSV = `x,y,kind,who
1,10,a,ann
2,20,b,ann
3,30,c,bob
4,40,a,bob
5,50,b,cem
6,60,c,cem
7,70,a,dee
8,80,b,dee
`;

export const csvData = (change: object) => ({ ...TASK.data, ...change });

export interface TaskGround {
  /** Path of a file of the task. */
  path(name: string): string;
  write(name: string, content: string | Uint8Array): void;
  /** Writes the task's file and opens it. */
  open(task: object): ReturnType<typeof openOwnTask>;
}

/** Called where tests are declared: each finds the folder with `train.csv` alone. */
export function createTaskGround(): TaskGround {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'minnow-task-'));
    ground.write('train.csv', CSV);
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const ground: TaskGround = {
    path: (name) => join(folder, name),
    write: (name, content) => writeFileSync(ground.path(name), content),
    open(task) {
      ground.write('task.json', JSON.stringify(task));
      return openOwnTask(ground.path('task.json'));
    },
  };
  return ground;
}
