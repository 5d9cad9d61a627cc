// What a task file may say: the schema of a task of one's own, and how a field that does not fit is told.
// Knows nothing of what lies in the data files.

import * as v from 'valibot';
import type { FieldType } from '../../../shared/engine/layers/layer.ts';
import { LAYER_FIELDS, LAYER_KINDS, type LayerSpec } from '../../../shared/engine/layers/layers.ts';
import { METRICS } from '../../../shared/tasks/metric.ts';
import { composed } from '../../../shared/tables/matchName.ts';
import { fieldSuggestion, firstToMend } from '../../../shared/schema/fieldSuggestion.ts';
import { DataError } from '../dataError.ts';

/** A label is a byte. */
export const MOST_CLASSES = 256;

const name = v.pipe(v.string(), v.minLength(1, 'a text that is not empty'));
const count = v.pipe(v.number(), v.integer('an integer >= 1'), v.minValue(1, 'an integer >= 1'));
const finite = v.pipe(v.number(), v.finite('a finite number'));
/** JSON has no others that are exact. */
const exactNumber = v.pipe(
  v.number(),
  v.check(
    (value) => !Number.isInteger(value) || Number.isSafeInteger(value),
    'a number of at most 2^53, or a larger one in quotation marks',
  ),
);
const share = v.pipe(
  v.number(),
  v.gtValue(0, 'a share between 0 and 1'),
  v.ltValue(1, 'a share between 0 and 1'),
);
const extent = v.union([count, v.tuple([count, count])]);

/** By what layers call them. */
const FIELD_SCHEMAS = {
  count,
  optionalCount: v.exactOptional(count),
  finite,
  extent,
  kernel: v.tuple([count, count]),
  stride: v.picklist([1, 2]),
  padding: v.picklist(['same', 'valid']),
} satisfies Record<FieldType, unknown>;
const layerFields = { name, inputs: v.optional(v.array(name)) };

/** The fields of a kind, each checked by itself: together they are a layer of that kind. */
function layerSchema(
  kind: LayerSpec['kind'],
): v.StrictObjectSchema<{ kind: v.LiteralSchema<string, undefined> }, undefined> {
  const types: Readonly<Partial<Record<LayerSpec['kind'], Readonly<Record<string, FieldType>>>>> =
    LAYER_FIELDS;
  const fields = Object.entries(types[kind] ?? {}).map(([field, type]) => [field, FIELD_SCHEMAS[type]]);
  return v.strictObject({ kind: v.literal(kind), ...layerFields, ...Object.fromEntries(fields) });
}
const layer = v.pipe(
  v.variant('kind', LAYER_KINDS.map(layerSchema)),
  v.transform((checked) => checked as unknown as LayerSpec),
);
const layers = v.strictObject({
  input: v.pipe(v.array(count), v.minLength(1, '[features] or [height, width, channels]')),
  layers: v.pipe(v.array(layer), v.minLength(1, 'at least one layer')),
  loss: v.picklist(['softmaxCrossEntropy', 'binaryCrossEntropy', 'meanSquaredError']),
});

/** A part of the training set: at random, or the samples of these clients. */
const heldOut = [
  v.strictObject({ share }),
  v.strictObject({
    clients: v.pipe(v.array(v.union([name, exactNumber])), v.minLength(1, 'at least one client')),
  }),
] as const;
const arrays = v.strictObject({
  inputs: name,
  labels: v.exactOptional(name),
  targets: v.exactOptional(name),
  clients: v.exactOptional(name),
});
/** Targets that are the inputs themselves, as the model sees them. */
const inputsAgain = v.exactOptional(v.literal('inputs'));
const columns = v.pipe(v.array(name), v.minLength(1, 'at least one column'));
const records = v.pipe(v.array(name), v.minLength(1, 'at least one file'));
const data = v.variant('format', [
  v.strictObject({
    format: v.literal('csv'),
    train: name,
    test: v.union([name, ...heldOut]),
    delimiter: v.exactOptional(
      v.pipe(v.string(), v.regex(/^[^"\r\n]$/, 'one character, no quotation mark and no line end')),
    ),
    decimal: v.exactOptional(v.picklist(['.', ','])),
    encoding: v.exactOptional(
      v.pipe(v.string(), v.check(isEncoding, 'an encoding like utf-8, utf-16le or windows-1252')),
    ),
    inputs: v.exactOptional(columns),
    label: v.exactOptional(name),
    targets: v.exactOptional(v.union([v.literal('inputs'), columns])),
    client: v.exactOptional(name),
  }),
  v.strictObject({
    format: v.picklist(['idx', 'npy']),
    train: arrays,
    test: v.union([arrays, ...heldOut]),
    targets: inputsAgain,
  }),
  v.strictObject({
    format: v.literal('cifar'),
    train: records,
    test: v.union([records, heldOut[0]]),
    targets: inputsAgain,
  }),
]);

const perChannel = v.union([finite, v.pipe(v.array(finite), v.minLength(1, 'at least one number'))]);
const scaling = v.variant('kind', [
  v.strictObject({ kind: v.literal('none') }),
  v.strictObject({ kind: v.literal('linear'), scale: perChannel, offset: perChannel }),
  v.strictObject({ kind: v.literal('standardise') }),
]);

const taskFile = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,39}$/, 'up to 40 lower-case letters, digits and dashes')),
  title: v.exactOptional(name),
  model: v.union([name, layers]),
  data,
  classes: v.exactOptional(
    v.pipe(
      v.array(name),
      v.minLength(2, 'at least two classes'),
      v.maxLength(MOST_CLASSES, `at most ${MOST_CLASSES} classes`),
    ),
  ),
  scaling: v.exactOptional(scaling),
  deal: v.exactOptional(
    v.strictObject({
      how: v.exactOptional(name),
      shards: v.exactOptional(count),
      samplesPerShard: v.exactOptional(
        v.pipe(v.number(), v.integer('an integer >= 0'), v.minValue(0, 'an integer >= 0')),
      ),
    }),
  ),
  metric: v.picklist(METRICS),
  floor: finite,
  target: finite,
  localWork: v.exactOptional(
    v.strictObject({
      batch: v.exactOptional(count),
      epochs: v.exactOptional(count),
      maxSteps: v.exactOptional(count),
      learningRate: v.exactOptional(
        v.pipe(v.number(), v.gtValue(0, 'a number > 0'), v.finite('a finite number')),
      ),
    }),
  ),
});

export type TaskFile = v.InferOutput<typeof taskFile>;
export type DataSection = TaskFile['data'];
export type Scaling = NonNullable<TaskFile['scaling']>;

/** Checks the content of a task file; `file` is for the messages. Throws DataError naming the field, what was expected and what came. */
export function parseTaskFile(content: unknown, file: string): TaskFile {
  const result = v.safeParse(taskFile, content);
  if (!result.success) throw new DataError(`${file}: ${describeIssue(deepest(firstToMend(result.issues)))}`);
  const { output } = result;
  expectDifferent(output.classes, `${file}: classes`);
  if (output.data.format === 'csv') {
    const { inputs, targets, label } = output.data;
    expectDifferent(inputs, `${file}: data.inputs`);
    if (Array.isArray(targets)) expectDifferent(targets, `${file}: data.targets`);
    // The model would be told what it is asked.
    if (label !== undefined && inputs?.some((name) => composed(name) === composed(label)))
      throw new DataError(`${file}: data.inputs: expected columns other than the label, got "${label}"`);
  }
  return output;
}

function isEncoding(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== '';
  } catch {
    return false;
  }
}

/** As names are matched: by letters that may be composed in two ways. */
function expectDifferent(names: readonly string[] | undefined, field: string): void {
  const seen = new Set<string>();
  for (const name of names ?? []) {
    if (seen.has(composed(name)))
      throw new DataError(`${field}: expected names that differ, got "${name}" twice`);
    seen.add(composed(name));
  }
}

/** Of a union, what the alternative lacks that got furthest. */
function deepest(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> {
  const [best] = (issue.issues ?? []).map(deepest).sort((a, b) => depthOf(b) - depthOf(a));
  if (!best || depthOf(best) === 0) return issue;
  return { ...best, path: [...(issue.path ?? []), ...best.path!] as typeof best.path & {} };
}

function depthOf({ path }: v.BaseIssue<unknown>): number {
  return path?.length ?? 0;
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  const field = v.getDotPath(issue as v.BaseIssue<unknown>) ?? 'the file';
  if (issue.expected === 'never')
    return `${field}: there is no such field${fieldSuggestion(taskFile, issue)}`;
  const isMissing = issue.received === 'undefined';
  const isKey = isMissing && issue.kind === 'schema' && issue.type.endsWith('object');
  const expected =
    issue.kind === 'validation' ? issue.message : isKey ? 'this field' : namesOf(issue.expected!);
  return `${field}: expected ${expected}, got ${isMissing ? 'nothing' : issue.received}`;
}

/** `("a" | ("b" | "c"))` without its brackets. */
function namesOf(expected: string): string {
  return expected
    .replaceAll(/[()]/g, '')
    .replaceAll(' | ', ' or ')
    .replace('Object', 'an object')
    .replace('Array', 'a list');
}
