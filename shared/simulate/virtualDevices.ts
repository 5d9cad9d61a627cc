// The devices of a simulation: what each can do, drawn from the world by the seed. No two streams of chance are shared, so
// that the same devices come and go alike whatever the strategy makes of them. Knows nothing of events.

import { createRandom, mixSeed, type Random } from '../random.ts';
import { chooseHostile } from './hostile.ts';
import type { SimulationConfig } from './simulationConfig.ts';
import type { DeviceClass } from './world.ts';

/** Streams of one seed. */
const STREAMS = { classes: 1, traits: 2, stragglers: 3, churn: 4, dropOut: 5, hostile: 6 } as const;

export interface VirtualDevice {
  readonly index: number;
  readonly deviceId: string;
  readonly deviceClass: DeviceClass;
  /** 1 for all but stragglers. */
  readonly stragglerFactor: number;
  readonly budgetBytes: number;
  readonly flopsPerSecond: number;
  readonly latencyMs: number;
  readonly downBytesPerMs: number;
  readonly upBytesPerMs: number;
  /** Numbers of its samples. */
  readonly samples: Uint32Array;
  /** Sends what `SimulationConfig.hostile` says. */
  readonly isHostile: boolean;
  readonly churn: Random;
  readonly dropOut: Random;
}

/** `shards[i]`: sample numbers of device i; `labels`: class of each sample. */
export function createVirtualDevices(
  config: SimulationConfig,
  shards: readonly Uint32Array[],
  labels: Uint8Array,
): VirtualDevice[] {
  const { seed, world } = config;
  const classes = dealClasses(world.classes, config.devices, createRandom(mixSeed(seed, STREAMS.classes)));
  const factors = stragglerFactors(config, classes, shards, labels);
  const { hostile } = config;
  const hostiles = hostile && chooseHostile(config.devices, hostile, seed, STREAMS.hostile);
  return classes.map((deviceClass, index) => {
    const traits = createRandom(mixSeed(seed, STREAMS.traits, index));
    const speed = deviceClass.flopsPerSecond * Math.exp(deviceClass.speedSpread * traits.normal());
    const reach = Math.exp(deviceClass.networkSpread * traits.normal());
    const { latencyMs, downKBps, upKBps } = deviceClass.network;
    return {
      index,
      deviceId: `device-${index}`,
      deviceClass,
      stragglerFactor: factors[index]!,
      budgetBytes: Math.min(config.budgetBytes ?? deviceClass.budgetBytes, config.budgetCapBytes ?? Infinity),
      flopsPerSecond: speed / factors[index]!,
      latencyMs,
      downBytesPerMs: downKBps * reach,
      upBytesPerMs: upKBps * reach,
      samples: shards[index]!,
      isHostile: hostiles?.has(index) ?? false,
      churn: createRandom(mixSeed(seed, STREAMS.churn, index)),
      dropOut: createRandom(mixSeed(seed, STREAMS.dropOut, index)),
    };
  });
}

/** Shares become whole devices by largest remainder, in an order of chance. */
function dealClasses(classes: readonly DeviceClass[], numDevices: number, random: Random): DeviceClass[] {
  const sum = classes.reduce((total, { share }) => total + share, 0);
  const quotas = classes.map((deviceClass) => ({
    deviceClass,
    whole: Math.floor((deviceClass.share / sum) * numDevices),
    rest: ((deviceClass.share / sum) * numDevices) % 1,
  }));
  let missing = numDevices - quotas.reduce((total, { whole }) => total + whole, 0);
  for (const quota of [...quotas].sort((a, b) => b.rest - a.rest)) if (missing-- > 0) quota.whole++;
  return random.shuffle(
    quotas.flatMap(({ deviceClass, whole }) => Array<DeviceClass>(whole).fill(deviceClass)),
  );
}

/**
 * The classes that stragglers are tied to (`stragglers.tiedTo: 'labels'`): those devices that have most of them. Empty where
 * stragglers are drawn by chance. `labels` as above.
 */
export function slowClassesOf(config: SimulationConfig, labels: Uint8Array): number[] {
  return [...drawStragglers(config, labels).slow].sort((a, b) => a - b);
}

/** The devices in an order of chance, and a set of classes, drawn by chance, that makes up `share` of them. */
function drawStragglers(
  { seed, devices, stragglers }: SimulationConfig,
  labels: Uint8Array,
): { readonly order: number[]; readonly slow: ReadonlySet<number> } {
  const random = createRandom(mixSeed(seed, STREAMS.stragglers));
  const order = random.shuffle(Array.from({ length: devices }, (_, index) => index));
  if (stragglers?.tiedTo !== 'labels' || stragglers.share === 0) return { order, slow: new Set() };
  const present = random.shuffle([...new Set(labels)].sort((a, b) => a - b));
  const numSlow = Math.max(1, Math.round(stragglers.share * present.length));
  return { order, slow: new Set(present.slice(0, numSlow)) };
}

function stragglerFactors(
  config: SimulationConfig,
  classes: readonly DeviceClass[],
  shards: readonly Uint32Array[],
  labels: Uint8Array,
): number[] {
  const factors = classes.map(() => 1);
  const { order, slow } = drawStragglers(config, labels);
  const { stragglers } = config;
  if (!stragglers) {
    for (const deviceClass of new Set(classes)) {
      const { share = 0, factor = 1 } = deviceClass.stragglers ?? {};
      const members = order.filter((index) => classes[index] === deviceClass);
      for (const index of members.slice(0, Math.round(share * members.length))) factors[index] = factor;
    }
    return factors;
  }
  if (slow.size > 0) {
    const slowShare = shareOfSlowLabels(shards, labels, slow);
    order.sort((a, b) => slowShare[b]! - slowShare[a]!);
  }
  for (const index of order.slice(0, Math.round(stragglers.share * classes.length)))
    factors[index] = stragglers.factor;
  return factors;
}

/** How much of each shard belongs to those classes. */
function shareOfSlowLabels(
  shards: readonly Uint32Array[],
  labels: Uint8Array,
  slow: ReadonlySet<number>,
): number[] {
  return shards.map((samples) => {
    let hits = 0;
    for (const sample of samples) if (slow.has(labels[sample]!)) hits++;
    return hits / Math.max(1, samples.length);
  });
}
