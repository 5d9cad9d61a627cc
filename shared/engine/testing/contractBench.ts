// What the suite that every trainer passes is run with: options, random cases, and how updates are compared.

import { expect } from 'vitest';
import { parametersOf, type ModelSpec } from '../model.ts';
import type { TrainingPlan } from '../plan.ts';
import type { Precision } from '../tensors.ts';
import { planTraining } from '../planTraining.ts';
import { fullScheme, stretchesOf, trainedSlices, type UpdateScheme } from '../scheme.ts';
import type { Batch, Trainer } from '../trainer.ts';
import { randomCase, type TrainingCase } from './randomCase.ts';

const FUZZ_CASES = 400;
/** Largest error of an update, relative to the update's largest element. */
const TOLERANCE = 1e-3;

export interface ContractOptions {
  /** Of the random cases, where that many would take too long. */
  readonly share?: number;
  /** Random cases on which the backend is compared with the reference. */
  readonly fuzzCases?: number;
  /** Of those so many at a time: an adapter compiles for several at once. Default: 1. */
  readonly atOnce?: number;
  /** Which precisions of frozen weights the backend knows; default: all. */
  readonly precisions?: readonly Precision[];
  /** Whether it trains a part of a tensor's channels; default: yes. */
  readonly trainsParts?: boolean;
  /** Whether it holds what the plan says and no more; default: yes. */
  readonly enforcesBudget?: boolean;
}

/** The options, and what the tests of a suite have in common. */
export interface ContractBench {
  readonly createTrainer: (plan: TrainingPlan) => Trainer | Promise<Trainer>;
  readonly fuzzCases: number;
  readonly atOnce: number;
  readonly trainsParts: boolean;
  readonly enforcesBudget: boolean;
  readonly caseOf: (seed: number) => TrainingCase;
  /** The share of so many. */
  readonly casesOf: (number: number) => number;
  readonly trainerFor: (theCase: TrainingCase) => Promise<Trainer>;
}

export function createBench(
  createTrainer: (plan: TrainingPlan) => Trainer | Promise<Trainer>,
  {
    share = 1,
    fuzzCases = FUZZ_CASES,
    atOnce = 1,
    precisions,
    trainsParts = true,
    enforcesBudget = true,
  }: ContractOptions,
): ContractBench {
  const caseOf = (seed: number): TrainingCase => {
    const theCase = randomCase(seed, precisions);
    return trainsParts ? theCase : { ...theCase, scheme: wholeTensors(theCase) };
  };
  const casesOf = (number: number): number => Math.ceil(number * share);
  const trainerFor = async (theCase: TrainingCase): Promise<Trainer> => {
    const { model, scheme, batch, microBatch, form, frozenPrecision, split, recompute } = theCase;
    const options = { batch, microBatch, form, frozenPrecision, split, recompute };
    const trainer = await createTrainer(planTraining(model, scheme, options));
    trainer.load([...theCase.parameters.keys()], theCase.parameters);
    return trainer;
  };

  return { createTrainer, fuzzCases, atOnce, trainsParts, enforcesBudget, caseOf, casesOf, trainerFor };
}

/** From 1 to `count`, at most `atOnce` at a time. */
export async function forEachSeed(
  count: number,
  atOnce: number,
  work: (seed: number) => Promise<void>,
): Promise<void> {
  let next = 1;
  const lane = async (): Promise<void> => {
    while (next <= count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

/** The case's scheme with all of each tensor that it names. */
function wholeTensors({ model, scheme }: TrainingCase): UpdateScheme {
  const named = new Set(scheme.entries.map(({ tensor }) => tensor));
  return { entries: fullScheme(model).entries.filter(({ tensor }) => named.has(tensor)) };
}

export function hitsOf(model: ModelSpec, outputs: Float32Array, samples: Batch): number {
  const numValues = outputs.length / samples.count;
  let hits = 0;
  for (let n = 0; n < samples.count; n++) {
    const row = outputs.subarray(n * numValues, (n + 1) * numValues);
    if (model.loss === 'softmaxCrossEntropy' && row.indexOf(Math.max(...row)) === samples.labels[n]) hits++;
    const targets = samples.targets?.subarray(n * numValues, (n + 1) * numValues);
    if (model.loss === 'binaryCrossEntropy' && row.every((value, k) => value > 0.5 === targets![k]! > 0.5))
      hits++;
  }
  return hits;
}

/** What the case's scheme takes of each tensor, packed as it travels. */
export function sliced({ model, scheme }: TrainingCase, tensors: readonly Float32Array[]): Float32Array[] {
  const parameters = parametersOf(model);
  return trainedSlices(model, scheme).map((slice) => {
    const values = tensors[slice.parameter]!;
    return Float32Array.from(
      stretchesOf(parameters[slice.parameter]!, slice).flatMap(({ start, length }) => [
        ...values.subarray(start, start + length),
      ]),
    );
  });
}

/**
 * Error at most TOLERANCE of the tensor's largest element; a gradient that cancels out to nothing may be off by float32
 * rounding of the others.
 */
export function expectUpdate(
  delta: Float32Array,
  expected: readonly Float32Array[],
  what: string,
  rounding = 1e-9,
): void {
  const largestOfAll = Math.max(...expected.map(largest));
  let end = 0;
  for (const values of expected) {
    const size = largest(values);
    let error = 0;
    values.forEach((value, index) => {
      error = Math.max(error, Math.abs(delta[end + index]! - value));
    });
    expect(Number.isFinite(error), what).toBe(true);
    expect(error, what).toBeLessThanOrEqual(TOLERANCE * size + 1e-6 * largestOfAll + rounding);
    end += values.length;
  }
  expect(delta.length, what).toBe(end);
}

export function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
