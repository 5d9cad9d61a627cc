// How settings that are more than a number are written on one line, and back. Pure.

import { PRECISIONS } from '../contract/blockForm.ts';
import type { TravelPrecision } from '../engine/weightCodec.ts';
import type { UpdateEncoding } from '../contract/messages.ts';
import type {
  Calibration,
  ContributionSource,
  Freshness,
  ServerOptimizer,
  SliceBy,
  SubsetPolicy,
} from './values.ts';

export interface Form<T> {
  /** Behind "must be". */
  readonly words: string;
  /** Undefined: it is none. */
  parse(text: string): T | undefined;
  format(value: T): string;
}

/** Of runs whose contributions come from devices and that say nothing else. */
export const USUAL_PROBES: Extract<ContributionSource, { kind: 'probes' }> = {
  kind: 'probes',
  perGroup: 8,
  numBatches: 16,
  patienceMs: 60_000,
};
/** Versions between two moves of a rolling subnetwork. */
const ROLL_EVERY = 10;
const USUAL_MOMENTUM = 0.9;
/** As FedAdam's paper has them (arXiv 2003.00295). */
const USUAL_SQUARE_DECAY = 0.99;
const USUAL_FLOOR = 1e-3;
/** Versions that an update is remembered. */
const USUAL_MAX_AGE = 200;

export const SLICE_BY = [
  'coverage',
  'norm',
  'device',
  'version',
  'chance',
  'leading',
] as const satisfies readonly SliceBy[];

const SUBSETS = {
  weakest: { kind: 'weakest', floorBytes: 0 },
  tailored: { kind: 'tailored', floorBytes: 0 },
  subnetwork: { kind: 'subnetwork', rollEvery: 0 },
  rolling: { kind: 'subnetwork', rollEvery: ROLL_EVERY },
  rotating: { kind: 'rotating', sliceBy: 'coverage' },
  full: { kind: 'full' },
} satisfies Readonly<Record<string, SubsetPolicy>>;
export type SubsetChoice = keyof typeof SUBSETS;
export const SUBSET_CHOICES: readonly string[] = Object.keys(SUBSETS);

export const subsetForm: Form<SubsetPolicy> = {
  words: `one of ${SUBSET_CHOICES.join(', ')}, or rotating:BY with BY one of ${SLICE_BY.join(', ')}`,
  parse(text) {
    const [, by] = /^rotating:(\w+)$/.exec(text) ?? [];
    const sliceBy = SLICE_BY.find((each) => each === by);
    if (sliceBy) return { kind: 'rotating', sliceBy };
    return Object.hasOwn(SUBSETS, text) ? SUBSETS[text as SubsetChoice] : undefined;
  },
  format(subset) {
    if (subset.kind === 'subnetwork' && subset.rollEvery > 0) return 'rolling';
    const isUsual = subset.kind !== 'rotating' || subset.sliceBy === SUBSETS.rotating.sliceBy;
    return isUsual ? subset.kind : `${subset.kind}:${subset.sliceBy}`;
  },
};

export const freshnessForm: Form<Freshness> = {
  words: 'always, every:VERSIONS or drift:SHARE',
  parse(text) {
    const [, kind, amount] = /^(every|drift):(\d+|\d*\.\d+)$/.exec(text) ?? [];
    if (text === 'always') return { kind: 'always' };
    if (kind === 'every' && Number(amount) >= 1) return { kind, versions: Number(amount) };
    if (kind === 'drift' && Number(amount) > 0) return { kind, share: Number(amount) };
    return undefined;
  },
  format(value) {
    switch (value.kind) {
      case 'always':
        return 'always';
      case 'every':
        return `every:${value.versions}`;
      case 'drift':
        return `drift:${value.share}`;
      default:
        return value satisfies never;
    }
  },
};

export const contributionsForm: Form<ContributionSource> = {
  words: 'public, probes or probes:DEVICES',
  parse(text) {
    const [, perGroup] = /^probes:([1-9]\d{0,3})$/.exec(text) ?? [];
    if (text === 'public') return { kind: 'publicSet' };
    if (text === 'probes') return USUAL_PROBES;
    return perGroup === undefined ? undefined : { ...USUAL_PROBES, perGroup: Number(perGroup) };
  },
  format: (value) =>
    value.kind === 'probes' ? `probes:${value.perGroup}` : value.kind === 'publicSet' ? 'public' : '',
};

export const updateEncodingForm: Form<UpdateEncoding> = {
  words: 'float32, float16, int8 or topk:SHARE with SHARE in (0, 1]',
  parse(text) {
    const [, topShare] = /^topk:(0?\.\d*[1-9]\d*|1)$/.exec(text) ?? [];
    if (topShare !== undefined) return { kind: 'topK', share: Number(topShare) };
    return text === 'float32' || text === 'float16' || text === 'int8' ? { kind: text } : undefined;
  },
  format: (value) => (value.kind === 'topK' ? `topk:${value.share}` : value.kind),
};

export const precisionForm: Form<TravelPrecision> = {
  words: `one of ${PRECISIONS.join(', ')}`,
  parse: (text) => PRECISIONS.find((name) => name === text),
  format: (value) => value,
};

export const optimizerForm: Form<ServerOptimizer> = {
  words: 'plain, momentum, momentum:DECAY, adam or adam:DECAY:SQUARE_DECAY:FLOOR',
  parse(text) {
    const [kind, ...given] = text.split(':');
    const numbers = given.map(Number);
    if (given.some((each) => each.trim() === '') || numbers.some(Number.isNaN)) return undefined;
    const [decay = USUAL_MOMENTUM, squareDecay = USUAL_SQUARE_DECAY, floor = USUAL_FLOOR] = numbers;
    if (kind === 'plain' && numbers.length === 0) return { kind };
    if (kind === 'momentum' && numbers.length <= 1) return { kind, decay };
    if (kind === 'adam' && (numbers.length === 0 || numbers.length === 3))
      return { kind, decay, squareDecay, floor };
    return undefined;
  },
  format(value) {
    switch (value.kind) {
      case 'plain':
        return 'plain';
      case 'momentum':
        return `momentum:${value.decay}`;
      case 'adam':
        return `adam:${value.decay}:${value.squareDecay}:${value.floor}`;
      default:
        return value satisfies never;
    }
  },
};

export const calibrationForm: Form<Calibration> = {
  words: 'none, ca2fl or ca2fl:VERSIONS',
  parse(text) {
    const [, age] = /^ca2fl(?::([1-9]\d{0,8}))?$/.exec(text) ?? [undefined, ''];
    if (text === 'none') return { kind: 'none' };
    return age === ''
      ? undefined
      : { kind: 'ca2fl', maxAge: age === undefined ? USUAL_MAX_AGE : Number(age) };
  },
  format: (value) => (value.kind === 'ca2fl' ? `ca2fl:${value.maxAge}` : value.kind),
};
