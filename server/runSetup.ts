// From the command line's flags, and what is kept of the run, to the run's configuration. Pure: no files, no sockets.

import type { TravelPrecision } from '../shared/engine/weightCodec.ts';
import { PRECISIONS } from '../shared/contract/blockForm.ts';
import type { UpdateEncoding } from '../shared/contract/messages.ts';
import type { DealingPlan, TaskDefinition } from '../shared/tasks/task.ts';
import { findTask } from '../shared/tasks/tasks.ts';
import { parseDealing } from './data/deal.ts';
import {
  FLOAT32_PAYLOAD,
  FTTE_PAYLOAD,
  USUAL_PROBES,
  type ContributionSource,
  type Freshness,
  type PayloadEncoding,
  type RunConfig,
  type Strategy,
  type SubsetPolicy,
} from './federation/config.ts';
import { findStrategy } from './federation/strategies.ts';
import type { RunManifest } from './store/runManifest.ts';

/** What was given on the command line; undefined: not given. */
export interface RunFlags {
  readonly task?: string;
  readonly strategy?: string;
  readonly subset?: string;
  /** Devices of smaller budgets have no say in what others train. */
  readonly floorBytes?: number;
  /** Of blocks that a device does not train: `always`, `every:VERSIONS`, `drift:SHARE`. */
  readonly freshness?: string;
  /** Whence a search knows what parts of the model gain: `public`, `probes`, `probes:DEVICES`. */
  readonly contributions?: string;
  /** Updates of a server step, or devices of a cohort. */
  readonly buffer?: number;
  readonly concurrency?: number;
  /** Time for the local work of slow devices. */
  readonly partialWorkMs?: number;
  /** Seconds that an update takes about, on every device; 0: as long as it takes. */
  readonly tempo?: number;
  /** At most one update of a device in the buffer. */
  readonly onePerDevice?: boolean;
  /** Deltas are clipped to this multiple of the usual norm; 0: to none. */
  readonly clip?: number;
  /** The share of the mean of the versions before that each version keeps, where that mean is given out. */
  readonly averaging?: number;
  /** Encoding of deltas: `float32`, `float16`, `int8`, `topk:SHARE`. */
  readonly up?: string;
  /** Coarsest precision of downloads: `float32`, `float16`, `int8`, `int4`. */
  readonly down?: string;
  readonly deal?: string;
  readonly shards?: number;
  readonly samplesPerShard?: number;
  readonly seed?: number;
}

/** Names on the command line, lower case, and those of the strategies. */
const STRATEGY_NAMES: Readonly<Record<string, string>> = {
  ftte: 'ftte',
  fedbuff: 'fedBuff',
  fedasync: 'fedAsync',
  fedavg: 'fedAvg',
};
export const SUBSET_CHOICES: readonly string[] = ['weakest', 'tailored', 'subnetwork', 'rolling', 'full'];
export const STRATEGY_CHOICES: readonly string[] = Object.keys(STRATEGY_NAMES);

const DEFAULT_CONCURRENCY = 100;
const GRACE_MS = 60_000;
const LEASE_MS = 10 * 60_000;
const DEFAULT_SEED = 1;
/** Versions between two moves of a rolling subnetwork. */
const ROLL_EVERY = 10;

/**
 * The configuration of a run: what was given, else what is kept of it, else the defaults. Whether what was given may
 * differ from what is kept is for who opens the folder to judge. `ownTask`: the task where it is none known by name.
 * Throws RangeError for names that are not known.
 */
export function flagsToRun(
  id: string,
  flags: RunFlags,
  kept: Pick<RunManifest, 'config' | 'data'> | null,
  ownTask?: TaskDefinition,
): { readonly config: RunConfig; readonly data: DealingPlan } {
  const task = ownTask ?? findTask(flags.task ?? kept?.config.task ?? 'digits');
  const strategy = strategyOf(flags, kept?.config.strategy);
  const partialWorkMs = flags.partialWorkMs ?? kept?.config.partialWorkMs;
  const tempoMs = flags.tempo === undefined ? kept?.config.tempoMs : flags.tempo * 1000;
  const freshness = flags.freshness === undefined ? kept?.config.freshness : parseFreshness(flags.freshness);
  const contributions =
    flags.contributions === undefined ? kept?.config.contributions : parseContributions(flags.contributions);
  const config: RunConfig = {
    id,
    task: task.id,
    seed: flags.seed ?? kept?.config.seed ?? DEFAULT_SEED,
    strategy,
    subset: subsetOf(flags, kept?.config.subset, strategy),
    ...(freshness && { freshness }),
    ...(contributions && { contributions }),
    localWork: kept?.config.localWork ?? task.localWork,
    ...(partialWorkMs !== undefined && { partialWorkMs }),
    ...(tempoMs !== undefined && { tempoMs }),
    encoding: encodingOf(flags, kept?.config, strategy),
    concurrency:
      flags.concurrency ?? kept?.config.concurrency ?? Math.max(DEFAULT_CONCURRENCY, strategy.trigger.size),
    graceMs: kept?.config.graceMs ?? GRACE_MS,
    leaseMs: kept?.config.leaseMs ?? LEASE_MS,
  };
  const deal = kept?.data ?? task.dealing;
  const data: DealingPlan = {
    dealing: flags.deal === undefined ? deal.dealing : parseDealing(flags.deal),
    numShards: flags.shards ?? deal.numShards,
    samplesPerShard: flags.samplesPerShard ?? deal.samplesPerShard,
  };
  return { config, data };
}

/** FTTE sends little by default, the others float32, as published; a run that is kept goes on as it began. */
function encodingOf(
  { up, down }: RunFlags,
  kept: RunConfig | undefined,
  { name }: Strategy,
): PayloadEncoding {
  const usual = kept ? (kept.encoding ?? FLOAT32_PAYLOAD) : name === 'ftte' ? FTTE_PAYLOAD : FLOAT32_PAYLOAD;
  return {
    up: up === undefined ? usual.up : parseUpdateEncoding(up),
    down: down === undefined ? usual.down : parsePrecision(down),
  };
}

function parseUpdateEncoding(text: string): UpdateEncoding {
  const [, share] = /^topk:(0?\.\d*[1-9]\d*|1)$/.exec(text) ?? [];
  if (share !== undefined) return { kind: 'topK', share: Number(share) };
  if (text === 'float32' || text === 'float16' || text === 'int8') return { kind: text };
  throw new RangeError(`up must be float32, float16, int8 or topk:SHARE with SHARE in (0, 1], got "${text}"`);
}

function parsePrecision(text: string): TravelPrecision {
  const precision = PRECISIONS.find((name) => name === text);
  if (precision) return precision;
  throw new RangeError(`down must be one of ${PRECISIONS.join(', ')}, got "${text}"`);
}

/** As named, else as kept, else FTTE. */
export function strategyOf(
  { strategy: name, buffer, onePerDevice, averaging, clip }: RunFlags,
  kept: Strategy | undefined,
): Strategy {
  const found = name === undefined && kept ? kept : findStrategy(STRATEGY_NAMES[name ?? 'ftte'] ?? name!);
  const known = {
    ...found,
    ...(onePerDevice && { onePerDevice }),
    ...(averaging !== undefined && { averaging }),
    ...(clip !== undefined && { clipMultiple: clip }),
  };
  if (buffer === undefined) return known;
  const { trigger } = known;
  const fixed = trigger.kind === 'buffer' ? { ...trigger, deviceShare: 0 } : trigger;
  return { ...known, trigger: { ...fixed, size: buffer } };
}

/** FTTE trains a part of the model by default, the others all of it, as published. */
export function subsetOf(
  { subset, floorBytes }: RunFlags,
  kept: SubsetPolicy | undefined,
  strategy: Strategy,
): SubsetPolicy {
  const usual = kept ?? { kind: strategy.name === 'ftte' ? 'weakest' : 'full' };
  const policy = subset === undefined ? usual : parseSubset(subset);
  if (floorBytes === undefined) return policy;
  if (policy.kind !== 'weakest' && policy.kind !== 'tailored')
    throw new RangeError(`floor goes with the subsets weakest and tailored, got "${policy.kind}"`);
  return { ...policy, floorBytes };
}

function parseSubset(subset: string): SubsetPolicy {
  switch (subset) {
    case 'weakest':
    case 'tailored':
    case 'subnetwork':
    case 'full':
      return { kind: subset };
    case 'rolling':
      return { kind: 'subnetwork', rollEvery: ROLL_EVERY };
    default:
      throw new RangeError(`subset must be one of ${SUBSET_CHOICES.join(', ')}, got "${subset}"`);
  }
}

function parseContributions(text: string): ContributionSource {
  const [, perGroup] = /^probes:([1-9]\d{0,3})$/.exec(text) ?? [];
  if (text === 'public') return { kind: 'publicSet' };
  if (text === 'probes') return USUAL_PROBES;
  if (perGroup !== undefined) return { ...USUAL_PROBES, perGroup: Number(perGroup) };
  throw new RangeError(`contributions must be public, probes or probes:DEVICES, got "${text}"`);
}

function parseFreshness(text: string): Freshness {
  const [, kind, amount] = /^(every|drift):(\d+|\d*\.\d+)$/.exec(text) ?? [];
  if (text === 'always') return { kind: 'always' };
  if (kind === 'every' && Number(amount) >= 1) return { kind, versions: Number(amount) };
  if (kind === 'drift' && Number(amount) > 0) return { kind, share: Number(amount) };
  throw new RangeError(`freshness must be always, every:VERSIONS or drift:SHARE, got "${text}"`);
}
