// What a device trains by somebody's own strategy: a part of its own making becomes a scheme that fits. Pure as far as that is.

import { numParameters, type ModelSpec, type ParameterSpec } from '../../engine/model.ts';
import { leastDeviceBytes } from '../../engine/planTraining.ts';
import { extentsOf, schemeSize, type SchemeEntry, type UpdateScheme } from '../../engine/scheme.ts';
import { uploadOf } from '../../contract/deltaBytes.ts';
import type { UpdateEncoding } from '../../contract/messages.ts';
import { mixSeed } from '../../random.ts';
import type { SchemeChoice } from '../selectScheme.ts';
import { checkKept } from './kept.ts';
import type { Kept, OwnRules, ChosenPart } from './ownStrategy.ts';
import { callOwn, describeReturn, originOf, splitAnswer, wrongReturn } from './wrongReturn.ts';

export interface OwnChoosing {
  readonly rules: OwnRules;
  readonly model: ModelSpec;
  readonly parameterSpecs: readonly ParameterSpec[];
  readonly batch: number;
  /** Of updates: what a device needs room for. */
  readonly encoding: UpdateEncoding;
  readonly device: { readonly deviceId: string; readonly budgetBytes: number; readonly updates: number };
  readonly version: number;
  readonly usual: SchemeChoice;
  /** Of the assignment. */
  readonly seed: number;
  readonly kept: Kept | undefined;
}

/** The device's choice, and what the next call is handed. Throws RangeError for a part that there is not, or that does not fit. */
export function ownChoose(choosing: OwnChoosing): {
  readonly choice: SchemeChoice;
  readonly kept: Kept | undefined;
} {
  const { rules, model, parameterSpecs, batch, encoding, device, version, usual, seed } = choosing;
  const origin = originOf(rules, 'choose');
  const { deviceId, budgetBytes, updates } = device;
  const bytesOf = (part: ChosenPart): number =>
    bytesOfScheme(model, schemeOf(parameterSpecs, part, origin), batch, encoding);
  const handed = Object.freeze({
    deviceId,
    budgetBytes,
    version,
    updates,
    tensors: parameterSpecs.map(({ name, shape, size }) => ({ name, shape, size })),
    usual: usual.scheme.entries,
    bytesOf,
    seed: mixSeed(seed, version),
    kept: choosing.kept,
  });
  const answer = splitAnswer(
    callOwn(origin, () => rules.choose!(handed)),
    'part',
  );
  const kept = 'kept' in answer ? checkKept(answer.kept, origin) : choosing.kept;
  if (answer.value === null) return { choice: usual, kept };
  if (!Array.isArray(answer.value) || answer.value.length === 0)
    throw wrongReturn(
      origin,
      '',
      'a list of at least one tensor or slice, null, or { part, kept }',
      describeReturn(answer.value),
    );
  const scheme = schemeOf(parameterSpecs, answer.value as ChosenPart, origin);
  const deviceBytes = bytesOfScheme(model, scheme, batch, encoding);
  if (deviceBytes > budgetBytes)
    throw wrongReturn(
      origin,
      '',
      `a part that fits the ${budgetBytes} bytes of device ${deviceId}`,
      `one of ${deviceBytes} bytes: ${scheme.entries.map(({ tensor }) => tensor).join(', ')}`,
    );
  return {
    choice: { scheme, deviceBytes, trainedShare: schemeSize(model, scheme) / numParameters(model) },
    kept,
  };
}

/** Entries in the model's order. */
function schemeOf(parameterSpecs: readonly ParameterSpec[], part: ChosenPart, origin: string): UpdateScheme {
  const named = new Map<string, SchemeEntry>();
  for (const each of part as readonly unknown[]) {
    const name = typeof each === 'string' ? each : (each as Partial<SchemeEntry> | null)?.tensor;
    const parameter = parameterSpecs.find((candidate) => candidate.name === name);
    if (!parameter)
      throw wrongReturn(
        origin,
        '',
        `names of tensors (${parameterSpecs.map((spec) => spec.name).join(', ')}) or slices of them`,
        describeReturn(name ?? each),
      );
    if (named.has(parameter.name))
      throw wrongReturn(origin, '', 'each tensor once', `"${parameter.name}" twice`);
    const { inputs, outputs } = extentsOf(parameter);
    const entry: SchemeEntry =
      typeof each === 'string'
        ? { tensor: each, output: [0, outputs], input: [0, inputs] }
        : (each as SchemeEntry);
    expectRange(origin, parameter.name, 'output', entry.output, outputs);
    expectRange(origin, parameter.name, 'input', entry.input, inputs);
    const { tensor, output, input } = entry;
    named.set(tensor, { tensor, output: [output[0], output[1]], input: [input[0], input[1]] });
  }
  return { entries: parameterSpecs.flatMap(({ name }) => named.get(name) ?? []) };
}

function expectRange(origin: string, tensor: string, what: string, range: unknown, extent: number): void {
  const [from, to, ...more] = Array.isArray(range) ? (range as unknown[]) : [];
  const isRange =
    Number.isInteger(from) &&
    Number.isInteger(to) &&
    more.length === 0 &&
    (from as number) >= 0 &&
    (from as number) < (to as number) &&
    (to as number) <= extent;
  if (!isRange)
    throw wrongReturn(
      origin,
      `${what} of ${tensor}`,
      `[from, to) within [0, ${extent})`,
      JSON.stringify(range) ?? 'nothing',
    );
}

/** Plans are dear, and strategies ask for the same few again and again. */
const MOST_KNOWN = 4096;
const knownBytes = new WeakMap<ModelSpec, Map<string, number>>();

function bytesOfScheme(
  model: ModelSpec,
  scheme: UpdateScheme,
  batch: number,
  encoding: UpdateEncoding,
): number {
  const known = knownBytes.get(model) ?? new Map<string, number>();
  knownBytes.set(model, known);
  const key = JSON.stringify([batch, encoding, scheme]);
  const found = known.get(key);
  if (found !== undefined) return found;
  const bytes = leastDeviceBytes(model, scheme, batch, uploadOf(encoding));
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, bytes);
  return bytes;
}
