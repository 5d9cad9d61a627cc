// A task of one's own from a file: checks it, reads and scales its data, holds a test set out.
// Knows nothing of runs or devices.

import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { findModel } from '../../../shared/engine/models.ts';
import { type ModelSpec, numOutputs, sizeOf } from '../../../shared/engine/model.ts';
import type { TableInfo } from '../../../shared/protocol/messages.ts';
import type { Dataset, DealingPlan, TaskData, TaskDefinition } from '../../../shared/tasks/task.ts';
import { TASKS } from '../../../shared/tasks/tasks.ts';
import { DataError } from '../dataError.ts';
import { parseDealing } from '../deal.ts';
import { checkMeasurable, checkTruth } from './checkTruth.ts';
import { holdOut } from './holdOut.ts';
import { type RawPart, readPart } from './readPart.ts';
import { type ScaledInputs, scaleInputs } from './scaleInputs.ts';
import { parseTaskFile, type TaskFile } from './taskFile.ts';

const DEFAULT_SHARDS = 10;
const DEFAULT_LOCAL_WORK = { batch: 16, epochs: 1, maxSteps: 40, learningRate: 0.02 };

export interface OwnTask {
  readonly task: TaskDefinition;
  readonly data: TaskData;
  /** The file, for a run's manifest: a run goes on only with the task that it began with. */
  readonly file: { readonly path: string; readonly content: TaskFile };
}

/** True for what `--task` names as a file. */
export function isTaskFile(name: string): boolean {
  return name.endsWith('.json');
}

/** Data files are relative to the task file's folder. Throws DataError naming file and field, or file and line. */
export async function openOwnTask(name: string): Promise<OwnTask> {
  const path = resolve(name);
  const content = parseTaskFile(await readJson(path), name);
  if (TASKS.some(({ id }) => id === content.id))
    throw new DataError(`${name}: id: expected one that no task of Minnow has, got "${content.id}"`);
  const model = modelOf(content, name);
  const outputs = outputsOf(model, name);
  const classes = content.classes ?? defaultClasses(model, outputs);

  const folder = dirname(path);
  const { data } = content;
  const whole = await readPart(data, data.train, folder, classes);
  const isSplit = typeof data.test === 'object' && ('share' in data.test || 'clients' in data.test);
  const parts = isSplit
    ? holdOut(whole, data.test as Parameters<typeof holdOut>[1], name)
    : { train: whole, test: await readPart(data, data.test as typeof data.train, folder, classes) };
  for (const part of [parts.train, parts.test]) checkSize(part, model, name);
  const scaled = scaleInputs(
    parts.train.inputs,
    parts.test.inputs,
    content.scaling,
    model.input.at(-1)!,
    name,
  );
  const clients = new Map<string, number>();
  const isBit = model.loss === 'binaryCrossEntropy' && outputs === 1;
  const train = toDataset(parts.train, scaled.train, scaled, isBit, clients);
  const test = toDataset(parts.test, scaled.test, scaled, isBit, clients);
  for (const [part, set] of [
    [parts.train, train],
    [parts.test, test],
  ] as const)
    checkTruth(set, { model, outputs, classes, metric: content.metric, task: name, file: part.file });
  checkMeasurable(test, { classes, metric: content.metric, file: parts.test.file });

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
      ? { table: tableOf(data.targets === undefined ? data.label : undefined, whole, scaled) }
      : {}),
    floor: content.floor,
    target: content.target,
    localWork: { ...DEFAULT_LOCAL_WORK, ...content.localWork },
    dealing: dealingOf(content, train, name),
  };
  return { task, data: { train, test }, file: { path, content } };
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new DataError(`${path}: expected a task file that can be read, got ${error.code ?? error.message}`);
  });
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new DataError(`${path}: expected JSON, got ${(error as Error).message}`);
  }
}

function modelOf({ id, model }: TaskFile, name: string): ModelSpec {
  if (typeof model !== 'string') return { id, ...model } as ModelSpec;
  try {
    return findModel(model);
  } catch (error) {
    throw new DataError(`${name}: model: ${(error as Error).message}`);
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

function checkSize({ file, inputs, count }: RawPart, model: ModelSpec, name: string): void {
  const size = inputs.length / count;
  if (size !== sizeOf(model.input))
    throw new DataError(
      `${file}: expected ${sizeOf(model.input)} inputs a sample for the model's input [${model.input.join(', ')}] (${basename(name)}), got ${size}`,
    );
}

/** Labels of a task whose output is one bit become its targets; they stay for dealing. */
function toDataset(
  part: RawPart,
  inputs: Uint8Array | Float32Array,
  { scale, offset }: { scale: number; offset: number },
  isBit: boolean,
  clients: Map<string, number>,
): Dataset {
  const targets =
    part.targets === 'inputs'
      ? Float32Array.from(inputs, (value) => (inputs instanceof Uint8Array ? value * scale + offset : value))
      : (part.targets ?? (isBit && part.labels ? Float32Array.from(part.labels) : null));
  const groups = part.clients?.map((client) => {
    if (!clients.has(client)) clients.set(client, clients.size);
    return clients.get(client)!;
  });
  return {
    count: part.count,
    inputs,
    labels: part.labels ?? new Uint8Array(0),
    ...(targets ? { targets } : {}),
    groups: groups ? Uint16Array.from(groups) : null,
  };
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
    const numShards = deal?.shards ?? (dealing.kind === 'natural' ? numClients : DEFAULT_SHARDS);
    return { dealing, numShards, samplesPerShard: deal?.samplesPerShard ?? 0 };
  } catch (error) {
    throw new DataError(`${name}: deal.how: ${(error as Error).message}`);
  }
}
