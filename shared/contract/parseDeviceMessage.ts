// The one place where what a device sent stops being `unknown`. Throws ProtocolError `malformed` naming the field.
// For servers: devices need none of it, so that the validation library stays out of their bundle.

import * as v from 'valibot';
import { PRECISIONS } from './blockForm.ts';
import { isBytes, type Bytes } from './codec.ts';
import type { Handshake, Holding, Join, ProbeHeader, Ready, UpdateHeader } from './messages.ts';
import { ProtocolError } from './protocolError.ts';

/** Most parameter tensors that a `held` list may name; real models have tens. */
const MAX_TENSORS = 4096;
const MAX_BUDGET_BYTES = 2 ** 32;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const finite = v.pipe(v.number(), v.finite());
const nonNegative = v.pipe(v.number(), v.finite(), v.minValue(0));
const version = v.pipe(v.number(), v.safeInteger(), v.minValue(-1));
/** Shown on pages and kept in files: no control characters, no novels. */
const text = v.pipe(
  v.string(),
  v.maxLength(200),
  v.regex(/^[^\p{Cc}]*$/u, 'must hold no control characters'),
);
const holding = {
  held: v.pipe(v.array(version), v.maxLength(MAX_TENSORS)),
  precisions: v.exactOptional(v.pipe(v.array(v.picklist(PRECISIONS)), v.maxLength(MAX_TENSORS))),
  moved: v.exactOptional(v.boolean()),
  width: v.exactOptional(
    v.object({
      ratio: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)),
      offset: v.pipe(v.number(), v.minValue(0), v.ltValue(1)),
    }),
  ),
};
const assignmentId = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const budgetBytes = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_BUDGET_BYTES));

const handshake = v.object({
  protocol: v.pipe(v.number(), v.safeInteger()),
  code: v.exactOptional(text),
});

const join = v.object({
  run: text,
  token: v.pipe(v.string(), v.maxLength(1000)),
  budgetBytes,
  dataSeed: v.pipe(v.number(), v.safeInteger(), v.minValue(-1)),
  device: v.object({
    name: text,
    browser: text,
    cores: count,
    backend: text,
    profile: text,
    flopsPerSecond: nonNegative,
    stragglerFactor: v.pipe(v.number(), v.finite(), v.minValue(1)),
  }),
});

const ready = v.object({ ...holding, diverged: v.exactOptional(v.boolean()) });

const updateHeader = v.object({
  assignmentId,
  steps: v.pipe(count, v.minValue(1)),
  samples: v.pipe(count, v.minValue(1)),
  lossFirst: finite,
  lossLast: finite,
  noise: v.pipe(v.number(), v.finite(), v.minValue(-1), v.maxValue(2)),
  stepMs: nonNegative,
  overruns: count,
  backend: v.optional(text),
  deviceBytes: count,
  allocatedBytes: count,
  joinToFirstStepMs: nonNegative,
  ...holding,
});

const probeHeader = v.object({
  assignmentId,
  product: finite,
  samples: v.pipe(count, v.minValue(2)),
  ...holding,
});

export function parseHandshake(value: unknown): Handshake {
  return parse(handshake, value, 'handshake');
}

export function parseJoin(value: unknown): Join {
  return parse(join, value, 'join');
}

/** `numTensors`: parameter tensors of the model; what is held names each of them. */
export function parseReady(value: unknown, numTensors: number): Ready {
  return withHoldingOf(parse(ready, value, 'ready'), numTensors, 'ready');
}

export function parseUpdateHeader(value: unknown, numTensors: number): UpdateHeader {
  return withHoldingOf(parse(updateHeader, value, 'update'), numTensors, 'update');
}

export function parseProbeHeader(value: unknown, numTensors: number): ProbeHeader {
  return withHoldingOf(parse(probeHeader, value, 'probe'), numTensors, 'probe');
}

export function parseBudget(value: unknown): number {
  return parse(budgetBytes, value, 'budget');
}

/** The attachment of a message; its length and values are the coordinator's to judge. */
export function parseAttachment(value: unknown, message: string): Bytes {
  if (isBytes(value)) return value;
  throw new ProtocolError('malformed', `${message}: attachment must be an ArrayBuffer, got ${nameOf(value)}`);
}

function parse<T>(schema: v.GenericSchema<unknown, T>, value: unknown, message: string): T {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = v.getDotPath(issue);
  throw new ProtocolError('malformed', `${message}${path === null ? '' : `.${path}`}: ${issue.message}`);
}

function withHoldingOf<T extends Holding>(value: T, numTensors: number, message: string): T {
  for (const field of ['held', 'precisions'] as const) {
    const { length } = value[field] ?? { length: numTensors };
    if (length !== numTensors) {
      const text = `${message}.${field}: must name the model's ${numTensors} tensors, got ${length}`;
      throw new ProtocolError('malformed', text);
    }
  }
  return value;
}

function nameOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
