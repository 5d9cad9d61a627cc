// The settings of a strategy, each once. What has no `usual` is said by every preset (strategies.ts); what has one stays as it is
// when another strategy is chosen.

import * as v from 'valibot';
import { calibrationForm, optimizerForm } from './forms.ts';
import {
  age,
  calibration,
  choice,
  integer,
  number,
  ONE_PER_DEVICE,
  onePerDevice,
  optimizer,
  positive,
  share,
  hash,
  text,
} from './kinds.ts';
import { setting, type Kind, type Written } from './setting.ts';
import { resizedTrigger, triggerKind } from './trigger.ts';
import type { OnePerDevice, VarianceWeight } from './values.ts';
import type { Trigger } from './trigger.ts';
import { asNumber, asPart, byForm } from './writing.ts';

/** Of all presets: what protects a run is no strategy's extra. 0, none, is for baselines as published. */
const USUAL_CLIP = 1.5;
const MOST_RATE = 10;
const MOST_BUFFERED = 10_000;
const MOST_WINDOW = 10_000;

const variance: Kind<VarianceWeight> = {
  schema: v.object({
    kind: v.picklist(['none', 'gradientNoise', 'bufferDistance', 'coordinates']),
    exponent: number(-Infinity).schema,
  }),
  words: 'a kind of variance with an exponent',
};

const clip: Written<number, number> = {
  ...asNumber(number(0), {
    value: '<multiple>',
    help: 'no update moves a tensor further than so many times what is usual; off (in files 0): as far as it likes',
  }),
  words: 'off or a number above 0',
  fromText(written) {
    const multiple = written === 'off' ? 0 : Number(written);
    if (written === 'off' || multiple > 0) return multiple;
    throw new RangeError('must be off or a number above 0');
  },
};

const oneOfDevice: Written<OnePerDevice, OnePerDevice | boolean> = {
  value: '[when]',
  help: `a device with an update in the buffer waits for the step: ${ONE_PER_DEVICE.join(', ')} (a flag alone, and true in files: always)`,
  schema: onePerDevice.schema as v.GenericSchema<unknown, OnePerDevice>,
  words: `one of ${ONE_PER_DEVICE.join(', ')}`,
  fromText(written) {
    const found = ONE_PER_DEVICE.find((each) => each === written);
    if (found) return found;
    throw new RangeError(`must be one of ${ONE_PER_DEVICE.join(', ')}`);
  },
  apply: (written) => v.parse(onePerDevice.schema, written),
  show: (value) => value,
};

export const STRATEGY_SETTINGS = {
  name: setting({ kind: text, help: 'what the strategy is called' }),
  code: setting({
    kind: hash,
    usual: '',
    help: "hash of the file of somebody's own functions; empty: the strategy has none",
  }),
  trigger: setting({
    kind: triggerKind,
    help: 'when the server steps: a buffer of updates is full, or a cohort has answered',
    written: {
      buffer: asPart<Trigger>(
        integer(1),
        {
          value: '<K>',
          help: 'updates of a server step, or devices of a cohort (a buffer then does not grow with the fleet)',
          desk: { label: 'K', most: MOST_BUFFERED },
        },
        { apply: (size, current) => resizedTrigger(current, size), show: ({ size }) => size },
      ),
      deadlineSeconds: asPart<Trigger>(
        number(0),
        {
          value: '<S>',
          help: 'a step comes so long after its first update, or its cohort, at the latest; 0: no deadline',
        },
        {
          apply: (seconds, current) => ({ ...current, deadlineMs: seconds * 1000 }),
          show: ({ deadlineMs }) => deadlineMs / 1000,
        },
      ),
    },
  }),
  age: setting({ kind: age, help: 'an update of age tau weighs (1 + tau)^-exponent' }),
  variance: setting({
    kind: variance,
    help: 'steadier updates weigh more: how that is measured, and with which exponent',
  }),
  coverageExponent: setting({
    kind: number(-Infinity),
    help: 'exponent of the share of parameters that an update covers',
  }),
  normalisation: setting({
    kind: choice('absolute', 'relative'),
    help: 'a step divides by the samples (absolute), or by them with their weights (relative)',
  }),
  kappa: setting({
    kind: number(0),
    help: "least share of the buffer's samples that a parameter's step is divided by",
  }),
  serverLearningRate: setting({
    kind: number(0),
    help: 'how far a server step goes',
    written: {
      serverLearningRate: asNumber(positive, {
        value: '<rate>',
        help: 'how far a server step goes along the mean of its updates',
        desk: { label: 'Server rate', most: MOST_RATE },
      }),
    },
  }),
  optimizer: setting({
    kind: optimizer,
    usual: { kind: 'plain' } as const,
    help: 'what a server step does with the mean of its updates',
    written: {
      optimizer: byForm('optimizer', optimizerForm, {
        value: '<kind>',
        help: `what a server step does with that mean: ${optimizerForm.words}`,
      }),
    },
  }),
  form: setting({
    kind: choice('delta', 'mixing'),
    help: "delta: w += rate * mean; mixing, FedAsync's own, with K = 1: w += rate * (w_k - w)",
  }),
  maxStaleness: setting({
    kind: integer(0),
    help: 'older updates are refused',
    written: {
      maxStaleness: asNumber(integer(0), {
        value: '<versions>',
        help: 'updates that began so many versions ago or less count',
      }),
    },
  }),
  clipMultiple: setting({
    kind: number(0),
    usual: USUAL_CLIP,
    help: "each tensor's delta is clipped to this multiple of its usual norm; 0: no clipping",
    written: { clip },
  }),
  maxSamples: setting({
    kind: integer(1),
    help: 'an update counts for this many samples at most, below what is believed of its claim',
  }),
  seldomWindow: setting({
    kind: integer(0, MOST_WINDOW),
    usual: 0,
    help: 'among so many of the newest updates the q-th of one device weighs 1 / q, beside those of a buffer that are heard less; 0: all alike',
    written: {
      seldom: asNumber(integer(0, MOST_WINDOW), {
        value: '<updates>',
        help: 'among so many of the newest updates the q-th of one device weighs 1 / q; 0: all alike',
      }),
    },
  }),
  calibration: setting({
    kind: calibration,
    usual: { kind: 'none' } as const,
    help: 'whether the server remembers the newest update of each device as a control variate (CA2FL), and for how many versions',
    written: {
      calibration: byForm('calibration', calibrationForm, {
        value: '<kind>',
        help: `the newest update of each device as a control variate: ${calibrationForm.words}`,
      }),
    },
  }),
  averaging: setting({
    kind: share,
    usual: 0,
    help: 'the share of the mean before it that each version keeps, where a mean of the versions is given out; 0: the newest is',
    written: {
      averaging: asNumber(share, {
        value: '<share>',
        help: 'score and give out a mean of the versions, of which each keeps this share, like 0.9; devices train from the newest',
      }),
    },
  }),
  onePerDevice: setting({
    kind: onePerDevice,
    usual: 'whileOthersFill' as OnePerDevice | boolean,
    help: 'whether a device with an update in the buffer waits for the step',
    written: { onePerDevice: oneOfDevice },
  }),
};
