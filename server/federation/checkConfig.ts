// A run's configuration is checked once, before anything is built from it. Pure.

import { FLOAT32_PAYLOAD, type RunConfig, type Strategy } from './config.ts';

/** Throws RangeError naming the first field that cannot work. */
export function checkConfig(config: RunConfig): void {
  const { strategy, localWork } = config;
  const { trigger } = strategy;
  if (config.id === '') throw new RangeError('id must not be empty');
  expectInteger('seed', config.seed, -Infinity);
  expectInteger('concurrency', config.concurrency, 1);
  expectInteger(`${trigger.kind} size`, trigger.size, 1);
  if (trigger.kind === 'buffer') expectNumber('buffer deviceShare', trigger.deviceShare ?? 0, 0);
  if (trigger.kind === 'cohort') expectInteger('cohort first', trigger.first ?? 1, 1);
  expectNumber('deadlineMs', trigger.deadlineMs, 0);
  expectNumber('graceMs', config.graceMs, 0);
  expectNumber('leaseMs', config.leaseMs, 1);
  expectNumber('age exponent', strategy.age.exponent, 0);
  expectNumber('variance exponent', strategy.variance.exponent, -Infinity);
  expectNumber('coverageExponent', strategy.coverageExponent, -Infinity);
  expectNumber('kappa', strategy.kappa, 0);
  expectNumber('serverLearningRate', strategy.serverLearningRate, 0);
  checkOptimizer(strategy);
  expectShare('averaging', strategy.averaging ?? 0);
  expectInteger('maxStaleness', strategy.maxStaleness, 0);
  expectNumber('clipMultiple', strategy.clipMultiple, 0);
  expectInteger('maxSamples', strategy.maxSamples, 1);
  expectInteger('localWork batch', localWork.batch, 1);
  expectInteger('localWork epochs', localWork.epochs, 1);
  expectInteger('localWork maxSteps', localWork.maxSteps, 1);
  expectNumber('partialWorkMs', config.partialWorkMs ?? 0, 0);
  expectNumber('tempoMs', config.tempoMs ?? 0, 0);
  expectNumber('localWork learningRate', localWork.learningRate, 0);
  const { up } = config.encoding ?? FLOAT32_PAYLOAD;
  if (up.kind === 'topK' && !(up.share > 0 && up.share <= 1))
    throw new RangeError(`encoding share must be in (0, 1], got ${String(up.share)}`);
  if (config.freshness?.kind === 'every') expectInteger('freshness versions', config.freshness.versions, 1);
  if (config.freshness?.kind === 'drift') expectNumber('freshness share', config.freshness.share, 0);
  if (config.subset.kind === 'subnetwork') expectInteger('rollEvery', config.subset.rollEvery ?? 1, 1);
  if ('floorBytes' in config.subset) expectInteger('floorBytes', config.subset.floorBytes ?? 0, 0);
  const { contributions } = config;
  if (contributions?.kind === 'probes') {
    expectInteger('contributions perGroup', contributions.perGroup, 1);
    expectInteger('contributions numBatches', contributions.numBatches, 2);
    expectNumber('contributions patienceMs', contributions.patienceMs, 0);
  }
  if (trigger.kind === 'cohort' && config.concurrency < trigger.size)
    throw new RangeError(
      `concurrency must be at least the cohort size ${trigger.size}, got ${config.concurrency}`,
    );
}

function checkOptimizer({ optimizer, form }: Strategy): void {
  if (!optimizer || optimizer.kind === 'plain') return;
  expectShare('optimizer decay', optimizer.decay);
  if (optimizer.kind === 'adam') {
    expectShare('optimizer squareDecay', optimizer.squareDecay);
    expectNumber('optimizer floor', optimizer.floor, Number.MIN_VALUE);
  }
  if (form === 'mixing')
    throw new RangeError(`optimizer must be plain in the mixing form, got "${optimizer.kind}"`);
}

function expectShare(name: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new RangeError(`${name} must be in [0, 1), got ${String(value)}`);
}

function expectInteger(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new RangeError(`${name} must be an integer${bound(least)}, got ${String(value)}`);
}

function expectNumber(name: string, value: number, least: number): void {
  if (!Number.isFinite(value) || value < least)
    throw new RangeError(`${name} must be a finite number${bound(least)}, got ${String(value)}`);
}

function bound(least: number): string {
  return least === -Infinity ? '' : ` >= ${least}`;
}
