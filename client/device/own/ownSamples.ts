// The person's own samples in memory: checked, counted, and every fifth of a class kept out of all training.
// Knows nothing of storage and nothing of models.

import { sizeOf } from '../../../shared/engine/shapes.ts';
import { isHeldOut } from '../../../shared/localWork/splitHeldOut.ts';
import type { Shard } from '../../../shared/localWork/shard.ts';
import type { TaskInfo } from '../../../shared/contract/messages.ts';
import type { OwnSamples } from '../ownData.ts';
import { ownError } from './ownProblem.ts';
import { isBit, takesOwnSamples } from './takesOwnSamples.ts';

/** The tab's memory is not in the budget, but it is not endless. */
export const MOST_OWN_MIB = 64;

/** What was added at once. */
export interface OwnBatch extends OwnSamples {
  /** Rises from one to the next. */
  readonly id: number;
}

export interface OwnSet {
  /** As they were added. */
  readonly batches: readonly OwnBatch[];
  /** Own samples of each class. */
  readonly perClass: readonly number[];
  /** May be trained on; null where there are none. */
  readonly training: Shard | null;
  /** Are not; null where there are none. */
  readonly heldOut: Shard | null;
}

/** Throws TypeError or RangeError, in words for the person, unless the task can learn from these samples. */
export function checkOwnSamples(task: TaskInfo, { count, inputs, labels }: OwnSamples): void {
  const { classes } = task;
  if (!takesOwnSamples(task))
    throw new TypeError('own samples are for tasks that tell classes apart; this one has none');
  if (!Number.isSafeInteger(count) || count < 1)
    throw new RangeError(`count must be an integer >= 1, got ${String(count)}`);
  checkInputs(task, inputs, count);
  if (!(labels instanceof Uint8Array)) throw new TypeError('labels must be a Uint8Array');
  if (labels.length !== count)
    throw new RangeError(`labels must hold one class for each of ${count} samples, got ${labels.length}`);
  for (const label of labels)
    if (label >= classes.length)
      throw new RangeError(`a label must be the index of one of ${classes.length} classes, got ${label}`);
}

/** Throws TypeError or RangeError unless these are the inputs of `count` samples of the task. */
export function checkInputs(task: TaskInfo, inputs: OwnSamples['inputs'], count: number): void {
  const Wanted = task.inputs === 'uint8' ? Uint8Array : Float32Array;
  if (!(inputs instanceof Wanted)) throw new TypeError(`inputs must be a ${Wanted.name} for this task`);
  const size = sizeOf(task.model.input);
  if (inputs.length !== count * size)
    throw new RangeError(
      `inputs must hold ${size} values for each of ${count} samples, got ${inputs.length}`,
    );
  if (inputs instanceof Float32Array && !inputs.every(Number.isFinite))
    throw new RangeError('inputs must be finite numbers');
}

/** Throws when together they would be more than a tab should hold. */
export function addBatch(batches: readonly OwnBatch[], batch: OwnBatch): OwnBatch[] {
  const all = [...batches, batch];
  if (all.reduce((sum, { inputs }) => sum + inputs.byteLength, 0) > MOST_OWN_MIB << 20)
    throw ownError('tooMany', `A tab takes at most ${MOST_OWN_MIB} MiB of own samples in all.`);
  return all;
}

/** Without the newest sample; its batch goes when it was the last one in it. */
export function removeNewest(batches: readonly OwnBatch[]): OwnBatch[] {
  const rest = batches.slice(0, -1);
  const last = batches.at(-1);
  if (!last || last.count === 1) return rest;
  const count = last.count - 1;
  const size = last.inputs.length / last.count;
  return [
    ...rest,
    { ...last, count, inputs: last.inputs.slice(0, count * size), labels: last.labels.slice(0, count) },
  ];
}

/** The samples told apart: of each class the fifth, the tenth and so on are held out. */
export function ownSetOf(task: TaskInfo, batches: readonly OwnBatch[]): OwnSet {
  const perClass = task.classes.map(() => 0);
  const training: Place[] = [];
  const heldOut: Place[] = [];
  for (const batch of batches)
    batch.labels.forEach((label, index) => {
      (isHeldOut(++perClass[label]!) ? heldOut : training).push({ batch, index });
    });
  return { batches, perClass, training: gather(training, task), heldOut: gather(heldOut, task) };
}

/** Where a sample lies. */
interface Place {
  readonly batch: OwnBatch;
  readonly index: number;
}

/** A class becomes what the model's loss is taken against, as in a demo shard. */
function gather(places: readonly Place[], task: TaskInfo): Shard | null {
  const samples = places.length;
  if (samples === 0) return null;
  const sampleSize = sizeOf(task.model.input);
  const inputs = newInputs(samples * sampleSize, task.inputs);
  places.forEach(({ batch, index }, i) =>
    inputs.set(batch.inputs.subarray(index * sampleSize, (index + 1) * sampleSize), i * sampleSize),
  );
  const labels = Uint8Array.from(places, ({ batch, index }) => batch.labels[index]!);
  return isBit(task.model)
    ? { samples, sampleSize, inputs, labels: new Uint8Array(0), targets: Float32Array.from(labels) }
    : { samples, sampleSize, inputs, labels };
}

/** Both, one after the other; of the same task. */
export function joinShards(a: Shard, b: Shard): Shard {
  const inputs = newInputs(
    a.inputs.length + b.inputs.length,
    a.inputs instanceof Uint8Array ? 'uint8' : 'float32',
  );
  inputs.set(a.inputs);
  inputs.set(b.inputs, a.inputs.length);
  return {
    samples: a.samples + b.samples,
    sampleSize: a.sampleSize,
    inputs,
    labels: Uint8Array.from([...a.labels, ...b.labels]),
    ...(a.targets && b.targets && { targets: Float32Array.from([...a.targets, ...b.targets]) }),
  };
}

function newInputs(size: number, type: TaskInfo['inputs']): OwnSamples['inputs'] {
  return type === 'uint8' ? new Uint8Array(size) : new Float32Array(size);
}
