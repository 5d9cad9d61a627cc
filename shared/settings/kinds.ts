// Types of settings with their bounds, checked before anything is built from them. Pure.

import * as v from 'valibot';
import type { TravelPrecision } from '../engine/weightCodec.ts';
import { PRECISIONS } from '../contract/blockForm.ts';
import { SLICE_BY } from './forms.ts';
import type { UpdateEncoding } from '../contract/messages.ts';
import type { Dealing } from '../tasks/task.ts';
import type { Kind } from './setting.ts';
import type {
  Calibration,
  ContributionSource,
  Freshness,
  OnePerDevice,
  ServerOptimizer,
  SubsetPolicy,
} from './values.ts';

export function integer(least: number, most = Number.MAX_SAFE_INTEGER): Kind<number> {
  const isAnywhere = least === Number.MIN_SAFE_INTEGER;
  const bound =
    most < Number.MAX_SAFE_INTEGER ? ` from ${least} to ${most}` : isAnywhere ? '' : ` >= ${least}`;
  return {
    schema: v.pipe(
      v.number('must be a number'),
      v.safeInteger('must be a whole number'),
      v.minValue(least, `must be at least ${least}`),
      v.maxValue(most, `must be at most ${most}`),
    ),
    words: `an integer${bound}`,
  };
}

/** Finite. */
export function number(least: number, most = Infinity): Kind<number> {
  const bound = most < Infinity ? ` from ${least} to ${most}` : least === -Infinity ? '' : ` >= ${least}`;
  return {
    schema: v.pipe(
      v.number('must be a number'),
      v.finite('must be finite'),
      v.minValue(least, `must be at least ${least}`),
      v.maxValue(most, `must be at most ${most}`),
    ),
    words: `a finite number${bound}`,
  };
}

export const positive: Kind<number> = {
  schema: v.pipe(v.number('must be a number'), v.finite('must be finite'), v.gtValue(0, 'must be above 0')),
  words: 'a number above 0',
};

/** Of 1, which it does not reach. */
export const share: Kind<number> = {
  schema: v.pipe(v.number(), v.minValue(0, 'must be in [0, 1)'), v.ltValue(1, 'must be in [0, 1)')),
  words: 'in [0, 1)',
};

const positiveShare: Kind<number> = {
  schema: v.pipe(v.number(), v.gtValue(0, 'must be in (0, 1]'), v.maxValue(1, 'must be in (0, 1]')),
  words: 'in (0, 1]',
};

export function choice<const T extends string>(...names: readonly [T, ...T[]]): Kind<T> {
  return { schema: v.picklist(names), words: `one of ${names.join(', ')}` };
}

export const text: Kind<string> = {
  schema: v.pipe(v.string(), v.minLength(1, 'must not be empty')),
  words: 'a text',
};

/** Empty: of nothing. */
export const hash: Kind<string> = {
  schema: v.pipe(v.string(), v.regex(/^[0-9a-f]*$/, 'must be a hash')),
  words: 'a hash',
};

export const atLeast = (least: number) => number(least).schema;
export const count = integer(1).schema;

export const optimizer: Kind<ServerOptimizer> = {
  schema: v.variant('kind', [
    v.object({ kind: v.literal('plain') }),
    v.object({ kind: v.literal('momentum'), decay: share.schema }),
    v.object({
      kind: v.literal('adam'),
      decay: share.schema,
      squareDecay: share.schema,
      floor: positive.schema,
    }),
  ]),
  words: 'plain, momentum or adam',
};

export const calibration: Kind<Calibration> = {
  schema: v.variant('kind', [
    v.object({ kind: v.literal('none') }),
    v.object({ kind: v.literal('ca2fl'), maxAge: count }),
  ]),
  words: 'none or ca2fl with a greatest age',
};

export const ONE_PER_DEVICE = [
  'whileOthersFill',
  'always',
  'never',
] as const satisfies readonly OnePerDevice[];

/** Written as a boolean until it had three values. */
export const onePerDevice: Kind<OnePerDevice, OnePerDevice | boolean> = {
  schema: v.pipe(
    v.union([v.picklist(ONE_PER_DEVICE), v.boolean()]),
    v.transform((value) => (value === true ? 'always' : value === false ? 'never' : value)),
  ),
  words: 'whileOthersFill, always or never',
};

export const age: Kind<{ readonly exponent: number }> = {
  schema: v.object({ exponent: atLeast(0) }),
  words: 'an exponent >= 0',
};

export const subset: Kind<SubsetPolicy, GivenSubset> = {
  schema: v.variant('kind', [
    v.object({ kind: v.literal('full') }),
    v.object({ kind: v.literal('weakest'), floorBytes: v.optional(integer(0).schema, 0) }),
    v.object({ kind: v.literal('tailored'), floorBytes: v.optional(integer(0).schema, 0) }),
    v.object({ kind: v.literal('subnetwork'), rollEvery: v.optional(integer(0).schema, 0) }),
    v.object({ kind: v.literal('rotating'), sliceBy: v.optional(v.picklist(SLICE_BY), 'coverage') }),
  ]),
  words: 'weakest, tailored, subnetwork, rotating or full',
};

type GivenSubset = SubsetPolicy | { readonly kind: SubsetPolicy['kind'] };

export const freshness: Kind<Freshness> = {
  schema: v.variant('kind', [
    v.object({ kind: v.literal('always') }),
    v.object({ kind: v.literal('every'), versions: count }),
    v.object({ kind: v.literal('drift'), share: atLeast(0) }),
  ]),
  words: 'always, every or drift',
};

export const contributions: Kind<ContributionSource> = {
  schema: v.variant('kind', [
    v.object({ kind: v.literal('usual') }),
    v.object({ kind: v.literal('publicSet') }),
    v.object({
      kind: v.literal('probes'),
      perGroup: count,
      numBatches: integer(2).schema,
      patienceMs: atLeast(0),
    }),
  ]),
  words: 'the public set or probes',
};

export const updateEncoding: Kind<UpdateEncoding> = {
  schema: v.variant('kind', [
    v.object({ kind: v.picklist(['float32', 'float16', 'int8']) }),
    v.object({ kind: v.literal('topK'), share: positiveShare.schema }),
  ]),
  words: 'float32, float16, int8 or topK',
};

export const precision: Kind<TravelPrecision> = {
  schema: v.picklist(PRECISIONS),
  words: `one of ${PRECISIONS.join(', ')}`,
};

export const dealing: Kind<Dealing> = {
  schema: v.variant('kind', [
    v.object({ kind: v.picklist(['iid', 'natural']) }),
    v.object({ kind: v.literal('dirichlet'), alpha: positive.schema }),
  ]),
  words: 'iid, natural or dirichlet',
};
