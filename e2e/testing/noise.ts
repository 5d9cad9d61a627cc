// Tasks on samples of noise: what the models make of them is of no interest.

import type { ServerOptions } from '../../server/startServer.ts';
import { sizeOf } from '../../shared/engine/shapes.ts';
import { createRandom } from '../../shared/random.ts';
import type { TaskData, TaskDefinition } from '../../shared/tasks/task.ts';
import { findTask } from '../../shared/tasks/tasks.ts';
import { SMALL_SHARDS } from './ownPage.ts';

function noiseFor(task: TaskDefinition): TaskData {
  const random = createRandom(1);
  const size = sizeOf(task.model.input);
  const make = (count: number) => ({
    count,
    inputs:
      task.inputs === 'uint8'
        ? Uint8Array.from({ length: count * size }, () => random.integer(256))
        : Float32Array.from({ length: count * size }, () => random.normal()),
    labels: Uint8Array.from({ length: count }, (_, i) => i % task.classes.length),
    groups: null,
  });
  return { train: make(240), test: make(60) };
}

/** The task of that id, and what a server needs to have it. */
export function withNoise(id: string): [TaskDefinition, Partial<ServerOptions>] {
  const task = findTask(id);
  const data = noiseFor(task);
  return [task, { ...SMALL_SHARDS, openTask: () => Promise.resolve({ task, data }) }];
}
