// By which means a person gives data of their own, by the task, or why there is none. Pure.

import type { TaskInfo } from '../../../shared/contract/messages.ts';
import { takesOwnSamples } from '../../device/own/takesOwnSamples.ts';

export type InputKind = 'drawing' | 'motion' | 'pictures' | 'table';
/** `noClasses`: the model learns figures, which no tap on a class can give; `otherForm`: samples that a page cannot make. */
export type NoInput = 'noClasses' | 'otherForm';

export function inputKindOf(task: TaskInfo): InputKind | NoInput {
  const { id, table, inputs, model } = task;
  if (!takesOwnSamples(task) || table?.label === '') return 'noClasses';
  if (id === 'digits') return 'drawing';
  if (id === 'har') return 'motion';
  if (table) return 'table';
  const [, , channels] = model.input;
  const isPicture = model.input.length === 3 && (channels === 1 || channels === 3);
  return isPicture && inputs === 'uint8' ? 'pictures' : 'otherForm';
}
