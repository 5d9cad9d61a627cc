// A task of one's own from a file: checks it, reads and scales its data, holds a test set out.
// Knows nothing of runs or devices.

import { basename, dirname, resolve } from 'node:path';
import { findModel } from '../../../shared/engine/models.ts';
import { sizeOf } from '../../../shared/engine/shapes.ts';
import { numOutputs, type ModelSpec, type Parameters } from '../../../shared/engine/model.ts';
import type { TableInfo } from '../../../shared/contract/messages.ts';
import type { Dataset, DealingPlan, TaskData, TaskDefinition } from '../../../shared/tasks/task.ts';
import { TASKS } from '../../../shared/tasks/tasks.ts';
import { DataError } from '../dataError.ts';
import { parseDealing } from '../../../shared/tasks/deal.ts';
import { exportNotes } from '../exportNotes.ts';
import { checkMeasurable, checkTruth } from './checkTruth.ts';
import { chooseParts, type Chosen } from './chooseParts.ts';
import type { DataPlaces } from './dataPaths.ts';
import type { RawPart } from './rawPart.ts';
import { readJsonFile } from './readJsonFile.ts';
import { isModelFile, readModelFile } from './readModelFile.ts';
import type { SampleRows } from './sampleRows.ts';
import { scaleInputs, type ScaledInputs } from './scaleInputs.ts';
import { parseTaskFile, type DataSection, type TaskFile } from './taskFile.ts';

/** A task file is written by hand. */
const LARGEST_FILE_BYTES = 2 ** 20;
const DEFAULT_SHARDS = 10;
const DEFAULT_LOCAL_WORK = { batch: 16, epochs: 1, maxSteps: 40, learningRate: 0.02 };

export interface OwnTask {
  readonly task: TaskDefinition;
  readonly data: TaskData;
  /** Where the model's file has weights: the parameters that training starts from. */
  readonly start?: Parameters;
  /** The file, for a run's manifest: a run goes on only with the task that it began with. */
  readonly file: { readonly path: string; readonly content: TaskFile; readonly modelSha256?: string };
  /** How the data files were read, a line each, for whoever starts. */
  readonly notes: readonly string[];
}

/** True for what `--task` names as a file. */
export function isTaskFile(name: string): boolean {
  return name.toLowerCase().endsWith('.json');
}

/**
 * Data files are relative to the task file's folder and lie in it or in `dataDir` ('': in it alone). Throws DataError naming file
 * and field, or file and line.
 */
export async function openOwnTask(name: string, dataDir = ''): Promise<OwnTask> {
  const path = resolve(name);
  const content = parseTaskFile(await readJsonFile(path, 'a task file', LARGEST_FILE_BYTES), name);
  if (TASKS.some(({ id }) => id === content.id))
    throw new DataError(`${name}: id: expected one that no task of Minnow has, got "${content.id}"`);
  const places = { folder: dirname(path), dataDir, task: name };
  const { model, start, sha256, notes: modelNotes } = await modelOf(content, places);
  const outputs = outputsOf(model, name);
  const classes = content.classes ?? defaultClasses(model, outputs);
  const rules = { model, outputs, classes, metric: content.metric, task: name };

  const { data } = content;
  const context = { ...places, classes, like: null };
  const { train, test, notes } = await chooseParts(content, context);
  for (const { part } of [train, test]) checkSize(part, model, name);
  const scaled = scaleInputs(train, test, content.scaling, model.input.at(-1)!, name);
  const isBit = model.loss === 'binaryCrossEntropy' && outputs === 1;
  const groups = new Map<string, number>();
  const sets = {
    train: toDataset(train, scaled.train, scaled, isBit, groups),
    test: toDataset(test, scaled.test, scaled, isBit, groups),
  };
  for (const [chosen, set] of [
    [train, sets.train],
    [test, sets.test],
  ] as const)
    checkTruth(set, {
      ...rules,
      file: chosen.part.file,
      placeOf: (aspect, sample) => chosen.part.placeOf(aspect, chosen.samples[sample]!),
    });
  checkMeasurable(sets.test, { classes, metric: content.metric, file: test.part.file });

  const task: TaskDefinition = {
    id: content.id,
    title: content.title ?? content.id,
    model,
    classes: model.loss === 'meanSquaredError' ? [] : classes,
    inputs: scaled.train instanceof Uint8Array ? 'uint8' : 'float32',
    scale: scaled.scale,
    offset: scaled.offset,
    metric: content.metric,
    // Beside targets a label is only dealt by: it is not what the model learns.
    ...(data.format === 'csv'
      ? { table: tableOf(data.targets === undefined ? data.label : undefined, train.part, scaled) }
      : {}),
    floor: content.floor,
    target: content.target,
    localWork: { ...DEFAULT_LOCAL_WORK, ...content.localWork },
    dealing: dealingOf(content, sets.train, name),
  };
  return {
    task,
    data: sets,
    ...(start && { start }),
    file: { path, content, ...(sha256 !== undefined && { modelSha256: sha256 }) },
    notes: [...modelNotes, ...notes, ...exportNotes(model)],
  };
}

interface TaskModel {
  readonly model: ModelSpec;
  readonly start?: Parameters;
  readonly sha256?: string;
  readonly notes: readonly string[];
}

/** By its layers, its id or its file. */
async function modelOf({ id, model, data }: TaskFile, places: DataPlaces): Promise<TaskModel> {
  if (typeof model !== 'string') return { model: { id, ...model } as ModelSpec, notes: [] };
  if (isModelFile(model)) {
    const read = await readModelFile(model, id, places);
    return { ...read, ...withLossOfLabels(read.model, model, data) };
  }
  try {
    return { model: findModel(model), notes: [] };
  } catch (error) {
    throw new DataError(
      `${places.task}: model: ${(error as Error).message}, which is no name of a file either (FILE.json)`,
    );
  }
}

/** A file's outputs without activation may be values or logits: beside nothing but labels they can only be logits. */
function withLossOfLabels(
  model: ModelSpec,
  file: string,
  data: DataSection,
): Pick<TaskModel, 'model' | 'notes'> {
  if (model.loss !== 'meanSquaredError' || !learnsLabels(data)) return { model, notes: [] };
  const loss = numOutputs(model) === 1 ? 'binaryCrossEntropy' : 'softmaxCrossEntropy';
  const note = `${file} ends without an activation: what it gives is taken as logits of the classes (${loss}).`;
  return { model: { ...model, loss }, notes: [note] };
}

function learnsLabels(data: DataSection): boolean {
  if (data.targets !== undefined) return false;
  switch (data.format) {
    case 'csv':
      return data.label !== undefined;
    case 'idx':
    case 'npy':
      return data.train.labels !== undefined && data.train.targets === undefined;
    case 'cifar':
      return true;
    default:
      return data satisfies never;
  }
}

/** Also checks that the layers fit together. */
function outputsOf(model: ModelSpec, name: string): number {
  try {
    return numOutputs(model);
  } catch (error) {
    throw new DataError(`${name}: model: ${(error as Error).message}`);
  }
}

/** A single output that is a bit has two classes. */
function defaultClasses({ loss }: ModelSpec, outputs: number): string[] {
  const count = loss === 'binaryCrossEntropy' && outputs === 1 ? 2 : outputs;
  return Array.from({ length: count }, (_, k) => String(k));
}

function checkSize({ file, inputs: { size }, columns }: RawPart, model: ModelSpec, name: string): void {
  if (size === sizeOf(model.input)) return;
  const which = columns ? `: ${columns.join(', ')}` : '';
  throw new DataError(
    `${file}: expected ${sizeOf(model.input)} inputs a sample for the model's input [${model.input.join(', ')}] (${basename(name)}), got ${size}${which}`,
  );
}

/** Labels of a task whose output is one bit become its targets; they stay for dealing. `groups`: numbers of the clients so far. */
function toDataset(
  { part, samples }: Chosen,
  inputs: Uint8Array | Float32Array,
  { scale, offset }: { scale: number; offset: number },
  isBit: boolean,
  groups: Map<string, number>,
): Dataset {
  const { clients } = part;
  const labels = part.labels
    ? Uint8Array.from(samples, (sample) => part.labels![sample]!)
    : new Uint8Array(0);
  const targets =
    part.targets === 'inputs'
      ? Float32Array.from(inputs, (value) => (inputs instanceof Uint8Array ? value * scale + offset : value))
      : part.targets
        ? targetsOf(part.targets, samples)
        : isBit && part.labels
          ? Float32Array.from(labels)
          : null;
  return {
    count: samples.length,
    inputs,
    labels,
    ...(targets ? { targets } : {}),
    groups:
      clients &&
      Uint32Array.from(samples, (sample) => {
        const name = clients.names[clients.of[sample]!]!;
        if (!groups.has(name)) groups.set(name, groups.size);
        return groups.get(name)!;
      }),
  };
}

/** `[samples, outputs]`. */
function targetsOf(rows: SampleRows, samples: Uint32Array): Float32Array {
  const values = new Float32Array(samples.length * rows.size);
  samples.forEach((sample, i) => values.set(rows.row(sample), i * rows.size));
  return values;
}

/** What a device needs to read rows of its own as the task's were read. */
function tableOf(label: string | undefined, { columns }: RawPart, { channels }: ScaledInputs): TableInfo {
  const { scales, offsets } = channels;
  return {
    columns: columns!.map((name, i) => ({
      name,
      scale: scales[i % scales.length]!,
      offset: offsets[i % offsets.length]!,
    })),
    label: label ?? '',
  };
}

function dealingOf({ deal }: TaskFile, train: Dataset, name: string): DealingPlan {
  const numClients = new Set(train.groups).size;
  const how = deal?.how ?? (train.groups ? 'natural' : 'iid');
  try {
    const dealing = parseDealing(how);
    if (dealing.kind === 'natural' && !train.groups)
      throw new RangeError('natural needs clients, of which the data say nothing');
    if (deal?.shards !== undefined && deal.shards > train.count)
      throw new DataError(
        `${name}: deal.shards: expected at most ${train.count}, the training samples, got ${deal.shards}`,
      );
    const most = dealing.kind === 'natural' ? numClients : Math.min(DEFAULT_SHARDS, train.count);
    const numShards = deal?.shards ?? most;
    return { dealing, numShards, samplesPerShard: deal?.samplesPerShard ?? 0 };
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${name}: deal.how: ${(error as Error).message}`);
  }
}
