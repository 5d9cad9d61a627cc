// How demo shards are dealt to devices: settings of a run's data, which its task says where nobody does.

import * as v from 'valibot';
import { parseDealing } from '../tasks/deal.ts';
import type { Dealing } from '../tasks/task.ts';
import { dealing, integer } from './kinds.ts';
import { setting, type Written } from './setting.ts';
import { asNumber } from './writing.ts';

const deal: Written<Dealing, string> = {
  value: '<how>',
  help: 'demo shards: iid, dirichlet:ALPHA or natural',
  schema: v.string() as v.GenericSchema<unknown, string>,
  words: 'iid, dirichlet:ALPHA or natural',
  fromText(text) {
    parseDealing(text);
    return text;
  },
  apply: (text) => parseDealing(text),
  show: (value) => (value.kind === 'dirichlet' ? `dirichlet:${value.alpha}` : value.kind),
};

export const DEALING_SETTINGS = {
  dealing: setting({
    kind: dealing,
    usualWords: "the task's",
    help: 'how samples are dealt',
    written: { deal },
  }),
  numShards: setting({
    kind: integer(1),
    usualWords: "the task's",
    help: 'demo shards to deal',
    written: {
      shards: asNumber(integer(1), { value: '<N>', notIn: ['simulate'] }),
    },
  }),
  samplesPerShard: setting({
    kind: integer(0),
    usualWords: "the task's",
    help: 'samples of a demo shard, at most; 0: every sample is dealt',
    written: {
      samplesPerShard: asNumber(integer(1), {
        value: '<N>',
        help: 'samples of a demo shard',
        notIn: ['simulate'],
      }),
    },
  }),
};
