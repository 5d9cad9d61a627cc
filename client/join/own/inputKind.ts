// By which means a person gives data of their own, by the task. Pure.

import type { TaskInfo } from '../../../shared/protocol/messages.ts';

/** `none`: the task tells no classes apart, or samples that no person can make here. */
export type InputKind = 'drawing' | 'motion' | 'pictures' | 'table' | 'none';

export function inputKindOf(task: TaskInfo): InputKind {
  const { id, classes, table, inputs, model } = task;
  if (classes.length === 0 || model.loss !== 'softmaxCrossEntropy') return 'none';
  if (id === 'digits') return 'drawing';
  if (id === 'har') return 'motion';
  if (table) return table.label === '' ? 'none' : 'table';
  const [, , channels] = model.input;
  const isPicture = model.input.length === 3 && (channels === 1 || channels === 3);
  return isPicture && inputs === 'uint8' ? 'pictures' : 'none';
}
