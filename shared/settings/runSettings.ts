// The settings of a run, each once: its type and bounds, what is usual, what it means, how it is written, whether it may change
// while the run goes on. Flags, fields of files, checks, the desk's form and docs/settings.md follow from here; those of its strategy
// are in strategySettings.ts.

import {
  contributionsForm,
  freshnessForm,
  precisionForm,
  SUBSET_CHOICES,
  subsetForm,
  updateEncodingForm,
} from './forms.ts';
import {
  contributions,
  freshness,
  integer,
  number,
  positive,
  precision,
  subset,
  text,
  updateEncoding,
} from './kinds.ts';
import { setting, type Written } from './setting.ts';
import { STRATEGY_SETTINGS } from './strategySettings.ts';
import type { SubsetPolicy } from './values.ts';
import { asNumber, byForm, inBytes, inSeconds, toNumber } from './writing.ts';

const MOST_TEMPO_SECONDS = 60;
const MOST_RATE = 10;
/** What one thread computes within minutes. */
const MOST_STEPS = 100_000;

/** The floor stays where the policy has one. */
const subsetByName: Written<SubsetPolicy, string> = {
  ...byForm('subset', subsetForm, {
    value: '<policy>',
    help: `what devices train: ${SUBSET_CHOICES.join(', ')}`,
    desk: { label: 'Subset' },
  }),
  choices: SUBSET_CHOICES,
  apply(name, current) {
    const next = subsetForm.parse(name);
    if (!next) throw new RangeError(`subset must be ${subsetForm.words}, got "${name}"`);
    return 'floorBytes' in next && 'floorBytes' in current
      ? { ...next, floorBytes: current.floorBytes }
      : next;
  },
};

const floorBytes = inBytes<SubsetPolicy>(
  integer(0),
  { value: '<bytes>', help: 'devices of smaller budgets, like 128KiB, have no say in what others train' },
  {
    apply(bytes, current) {
      if ('floorBytes' in current) return { ...current, floorBytes: bytes };
      throw new RangeError(`floor goes with the subsets weakest and tailored, got "${current.kind}"`);
    },
    show: (value) => ('floorBytes' in value ? value.floorBytes : undefined),
  },
);

export const LOCAL_WORK_SETTINGS = {
  batch: setting({
    kind: integer(1),
    usualWords: "the task's",
    help: 'samples of a local step',
    written: { batch: asNumber(integer(1), { value: '<N>' }) },
  }),
  epochs: setting({
    kind: integer(1),
    usualWords: "the task's; 2 in simulations",
    help: "passes over the device's shard for an update",
    written: {
      epochs: asNumber(integer(1), { value: '<N>' }),
    },
  }),
  maxSteps: setting({
    kind: integer(1),
    usualWords: "the task's",
    help: 'local steps of an update, at most',
    written: {
      maxSteps: asNumber(integer(1, MOST_STEPS), { value: '<N>' }),
    },
  }),
  learningRate: setting({
    kind: number(0),
    usualWords: "the task's",
    help: 'of local steps',
    written: {
      learningRate: asNumber(positive, {
        value: '<rate>',
        desk: { label: 'Local rate', most: MOST_RATE },
      }),
    },
  }),
  labelCalibration: setting({
    kind: number(0),
    usual: 0,
    help: 'by how much the local loss allows for how many samples of each class the device has; 1: by the logarithm of their counts, 0: not at all',
    written: {
      labelCalibration: asNumber(number(0), {
        value: '<strength>',
        help: 'the local loss allows for how many samples of each class the device has, by so many times the logarithm of their counts',
      }),
    },
  }),
};

export const RUN_SETTINGS = {
  task: setting({ kind: text, usual: 'digits', help: 'what is trained' }),
  seed: setting({
    kind: integer(Number.MIN_SAFE_INTEGER),
    usual: 1,
    help: 'of all randomness',
    written: { seed: asNumber(integer(0), { value: '<N>', help: 'seed of all randomness' }) },
  }),
  strategy: STRATEGY_SETTINGS,
  subset: setting({
    kind: subset,
    usualWords: "the strategy's",
    help: 'which part of the model a device trains',
    written: { subset: subsetByName, floorBytes },
  }),
  freshness: setting({
    kind: freshness,
    usual: { kind: 'always' } as const,
    help: "how old a device's copy may be of what it does not train",
    written: {
      freshness: byForm('freshness', freshnessForm, {
        value: '<policy>',
        help: `what a device does not train comes anew: ${freshnessForm.words}`,
      }),
    },
  }),
  contributions: setting({
    kind: contributions,
    usual: { kind: 'usual' } as const,
    usualWords: 'public where the server has samples',
    help: 'what a search for a better part of the model goes by',
    written: {
      contributions: byForm('contributions', contributionsForm, {
        value: '<source>',
        help: 'what a search for a better part of the model goes by: public (samples of the server), probes or probes:N (N devices for each group of tensors)',
      }),
    },
  }),
  localWork: LOCAL_WORK_SETTINGS,
  partialWorkMs: setting({
    kind: number(0),
    usual: 0,
    help: 'slow devices do of the local steps as many as they can in this time, at least one; 0: all do all',
    written: {
      partialWorkSeconds: {
        ...inSeconds(number(0), {
          value: '<S>',
          help: 'slow devices do as much of the local work as fits this time, by their own clock',
        }),
        older: { flag: '--partial-work-ms', fromText: (ms: string) => toNumber(number(0))(ms) / 1000 },
      },
    },
  }),
  tempoMs: setting({
    kind: number(0),
    usual: 0,
    usualWords: '2 s under `npm start`, else none',
    help: 'an update takes about so long on every device, by the speed that it measures itself: slow ones do fewer local steps, fast ones rest between them; 0: as long as it takes',
    written: {
      tempo: inSeconds(number(0, MOST_TEMPO_SECONDS), {
        value: '<S>',
        help: 'an update takes about so many seconds on every device; 0: as long as it takes',
        notIn: ['simulate'],
      }),
    },
  }),
  encoding: {
    up: setting({
      kind: updateEncoding,
      usual: { kind: 'float32' } as const,
      usualWords: "the strategy's",
      help: 'of deltas',
      written: {
        up: byForm('up', updateEncodingForm, {
          value: '<encoding>',
          help: 'of deltas: float32, float16, int8 or topk:SHARE (the largest of them alone)',
        }),
      },
    }),
    down: setting({
      kind: precision,
      usual: 'float32' as const,
      usualWords: "the strategy's",
      help: 'coarsest precision in which parameters go to devices',
      written: {
        down: byForm('down', precisionForm, {
          value: '<precision>',
          help: 'coarsest of what is sent to devices: float32, float16, int8 or int4',
        }),
      },
    }),
  },
  concurrency: setting({
    kind: integer(1),
    usualWords: '100, or as many as a cohort has',
    help: 'assignments out at once',
    written: { concurrency: asNumber(integer(1), { value: '<N>' }) },
  }),
  graceMs: setting({
    kind: number(0),
    usual: 60_000,
    help: 'a lost connection keeps its lease this long',
    written: {
      graceSeconds: inSeconds(positive, { value: '<S>', help: 'a lost connection keeps its work so long' }),
    },
  }),
  leaseMs: setting({
    kind: number(1),
    usual: 600_000,
    help: 'a connected device keeps its lease this long',
    written: {
      leaseSeconds: inSeconds(positive, { value: '<S>', help: 'a connected device keeps its work so long' }),
    },
  }),
};
