import { expect, test } from 'vitest';
import type { Waiting } from '../contract/waiting.ts';
import { waitingInWords } from '../contract/waitingInWords.ts';
import type { Presence } from './status.ts';
import { findStrategy } from './strategies.ts';
import { waitingFor } from './waitingFor.ts';

const localWork = { batch: 16, epochs: 1, maxSteps: 10, learningRate: 0.05, labelCalibration: 0 };
const cohort = { strategy: findStrategy('fedAvg'), concurrency: 100, localWork };
const buffer = { strategy: findStrategy('ftte'), concurrency: 4, localWork };
const onePerDevice = { ...buffer, strategy: findStrategy('ftte', { onePerDevice: true }) };

type Status = Parameters<typeof waitingFor>[1];
/** `c`: connected; `r`: that and ready; `w`: that and at work; `l`: lost; `s`: lost with work; `g`: gone. */
function statusOf(devices: string, more: Partial<Status> = {}): Status {
  const presences: Readonly<Record<string, Presence>> = { l: 'lost', s: 'lost', g: 'gone' };
  const views = [...devices].map((letter, index) => ({
    deviceId: `d${index}`,
    presence: presences[letter] ?? 'connected',
    isReady: letter === 'r',
    openAssignment: 'ws'.includes(letter) ? `a${index}` : '',
  }));
  return {
    version: 0,
    accepted: 0,
    duplicates: 0,
    buffered: 0,
    assignmentsOut: views.filter(({ openAssignment }) => openAssignment !== '').length,
    active: views.filter(({ presence }) => presence === 'connected').length,
    placesHeld: views.filter(({ openAssignment }) => openAssignment !== '').length,
    awaited: 10,
    divergedInARow: 0,
    clipped: 0,
    expired: 0,
    probing: null,
    isSearching: false,
    devices: views as unknown as Status['devices'],
    ...more,
  };
}

test.each<[string, Parameters<typeof waitingFor>[0], Status, Waiting | null, string]>([
  ['nobody', buffer, statusOf('gg'), { kind: 'anyone', asleep: 0 }, 'Waiting for a device to join'],
  [
    'nobody awake',
    cohort,
    statusOf('lsg'),
    { kind: 'anyone', asleep: 2 },
    'Waiting for a device to join; 2 are asleep',
  ],
  [
    'a cohort that cannot fill',
    cohort,
    statusOf('rrl'),
    { kind: 'devices', here: 2, of: 10 },
    'Waiting for 8 more devices; 2 of 10 are here',
  ],
  [
    'a cohort some of which are paused',
    cohort,
    statusOf('rrrrrrrrccc'),
    { kind: 'ready', more: 2, idle: 3 },
    'Waiting for 2 of 3 devices here to ask for work: paused, resting or loading',
  ],
  [
    'a cohort that is at work',
    cohort,
    statusOf('wwsrr', { buffered: 7 }),
    { kind: 'answers', out: 3, asleep: 1, of: 10 },
    'Waiting for the updates of 3 devices; 7 of 10 have come; 1 is asleep',
  ],
  [
    'all who have work are asleep',
    buffer,
    statusOf('ssc'),
    { kind: 'sleepers', asleep: 2 },
    'Waiting for all who have work: 2 are asleep',
  ],
  [
    'devices that are paused',
    buffer,
    statusOf('cc'),
    { kind: 'ready', more: 1, idle: 2 },
    'Waiting for 1 of 2 devices here to ask for work: paused, resting or loading',
  ],
  [
    'all assignments are out',
    buffer,
    statusOf('wwwwr'),
    { kind: 'slots', of: 4 },
    'Waiting for one of 4 assignments to come back: no more are given out at once',
  ],
  [
    'those whose update is in the buffer',
    onePerDevice,
    statusOf('wwrrr', { buffered: 3 }),
    { kind: 'updates', buffered: 3, of: 4 },
    'Waiting for the next version; 3 of 4 updates are in',
  ],
  [
    'a run that diverges',
    buffer,
    statusOf('wwww', { divergedInARow: 5 }),
    { kind: 'divergence', inARow: 5, learningRate: 0.05 },
    'Nothing is learnt: the last 5 updates diverged. Lower the learning rate (now 0.05)',
  ],
  ['a run in which one device diverges', buffer, statusOf('wwwwwww', { divergedInARow: 6 }), null, ''],
  ['those who wait for the tempo', onePerDevice, statusOf('wwrrr'), null, ''],
  ['slots while the places of the slow are given on', buffer, statusOf('wwwwr', { placesHeld: 3 }), null, ''],
  ['a run that goes on', buffer, statusOf('wwc'), null, ''],
])('%s', (_, config, status, waiting, words) => {
  expect(waitingFor(config, status)).toEqual(waiting);
  if (waiting) expect(waitingInWords(waiting)).toBe(words);
});
