import { expect, test } from 'vitest';
import { NO_WEBGPU } from '../device/backendChoice.ts';
import { initialDeviceState, type DeviceState, type KnownProblem } from '../device/deviceState.ts';
import type { Waiting } from '../../shared/contract/waiting.ts';
import { ENGLISH } from './english.ts';
import { GERMAN } from './german.ts';
import { createSayings, type Circumstances } from './sayings.ts';

const { activityOf, dataLineOf, engineOf, headlineOf, memoryOf, modelNoteOf, noticeOf, shareOf, statusOf } =
  createSayings(ENGLISH);
const german = createSayings(GERMAN);

const START = initialDeviceState({
  server: 'http://minnow.test',
  run: '',
  token: '',
  name: '',
  profile: '',
  budgetBytes: 196_608,
  flopsPerSecond: 0,
  stragglerFactor: 1,
  dataSeed: -1,
  backend: '',
  openedAtMs: 0,
  raceResults: {},
});
const LOST = { deviceId: 'd1', backend: 'auto', phase: 'connecting' } as const;
const AROUND: Circumstances = {
  isOnline: true,
  sleptMs: 0,
  screen: 'free',
  isLate: false,
  nowMs: 0,
  host: 'minnow.test',
};
/** Numbers keep to their units by a space that does not break; here they read as plain ones. */
const plain = (text: string) => text.replaceAll('\u00a0', ' ');
const say = (change: Partial<DeviceState>) =>
  plain(headlineOf({ ...START, taskId: 'digits', deviceId: 'd1', ...change }).join(''));

test('the headline says what this device does', () => {
  const training = { phase: 'training', connected: true, trainedShare: 0.766 } as const;
  expect(say({ ...training, numDevices: 12 })).toBe(
    'This device, Gold Chub 82, trains 77 % of a digit reader with 11 others.',
  );
  expect(say({ ...training, numDevices: 2 })).toBe(
    'This device, Gold Chub 82, trains 77 % of a digit reader with 1 other.',
  );
  expect(say({ ...training, numDevices: 1, trainedShare: 1 })).toBe(
    'This device, Gold Chub 82, trains all of a digit reader, the only one so far.',
  );
  expect(say({})).toBe('Joining …');
  expect(say({ phase: 'left', updates: 3 })).toBe(
    'You have left. 3 updates of this tab went into a digit reader.',
  );
});

test('it says so in German, too, its numbers written as Germans do', () => {
  const training = { ...START, deviceId: 'd1', taskId: 'digits', phase: 'training' } as const;
  const state = { ...training, connected: true, trainedShare: 0.0512, numDevices: 12 };
  expect(plain(german.headlineOf(state).join(''))).toBe(
    'Dieses Gerät, Gold Chub 82, trainiert 5,1 % eines Ziffernlesers mit 11 anderen.',
  );
  expect(plain(german.headlineOf({ ...state, phase: 'left', updates: 1 }).join(''))).toBe(
    'Du hast aufgehört. 1 Beitrag dieses Geräts ging in einen Ziffernleser ein.',
  );
  expect(plain(german.scoreOf({ ...state, score: 0.905 }))).toBe('90,5 %');
  expect(german.sizeOf(190_000)).toBe('185,5 KiB');
});

test('the announced status stays the same from assignment to assignment', () => {
  const phases = (['training', 'uploading', 'waiting'] as const).map((phase) =>
    statusOf({ ...START, phase, trainedShare: 0.5 }),
  );
  expect(new Set(phases)).toEqual(new Set(['Training']));
});

test('a budget that is too small is refused with the smallest that would do', () => {
  const refusal = { ok: false, code: 'budgetTooSmall', message: '', smallestBudgetBytes: 180_000 } as const;
  expect(noticeOf({ ...START, budgetBytes: 131_072, phase: 'refused', refusal })).toBe(
    'No part of the model can be trained within 128 KiB. Move the slider below to declare more. The smallest that would do is 176 KiB.',
  );
});

test('whose data it is is said with its size', () => {
  expect(plain(dataLineOf({ ...START, samples: 240 }))).toBe(
    'Demo shard of 240 samples; nothing leaves this tab but the update.',
  );
  const own = { ...START, samples: 252, isDemoShard: false };
  expect(plain(dataLineOf({ ...own, own: { ...own.own, use: 'both' } }))).toMatch(
    /^252 samples, the server's and your own;/,
  );
  expect(plain(dataLineOf({ ...own, own: { ...own.own, use: 'own' } }))).toMatch(
    /^Your own data, 252 samples;/,
  );
});

test('the scalar variant is called the slow path', () => {
  expect(engineOf('wasm-scalar')).toContain('slow path');
});

test('the memory card tells what is allocated, or that no budget is enforced and what was measured', () => {
  const promise = 'This tab never trains with more than it declares.';
  expect(memoryOf(START)).toEqual({ figure: '–', against: '', note: 'Nothing is allocated.', promise });
  const planned = { ...START, backend: 'wasm-simd', deviceBytes: 190_000, allocatedBytes: 196_608 };
  expect(memoryOf(planned)).toEqual({
    figure: '185.5 KiB',
    against: 'of 192 KiB',
    note: 'All that training needs. 192 KiB are allocated and never grow.',
    promise,
  });
  const bytes = 3 * 1024 * 1024;
  const measured = { ...START, backend: 'tfjs-webgpu', deviceBytes: bytes, allocatedBytes: bytes };
  expect(memoryOf(measured)).toEqual({
    figure: '3 MiB',
    against: 'measured',
    note: 'Budget not enforced: TensorFlow.js takes what it takes, 3 MiB on the GPU so far.',
    promise: 'The server picks the part by this budget, but TensorFlow.js is not held to it.',
  });
});

test('whoever asked for another backend is told why it is not that one', () => {
  expect(noticeOf({ ...START, backendRefusal: NO_WEBGPU })).toBe(
    'This tab trains in WebAssembly instead: this browser has no WebGPU here.',
  );
  expect(german.noticeOf({ ...START, backendRefusal: NO_WEBGPU })).toBe(
    'Dieser Tab trainiert stattdessen in WebAssembly: dieser Browser hat hier kein WebGPU.',
  );
  expect(noticeOf({ ...START, backendRefusal: 'op "x" is not there' })).toContain(
    'instead: op "x" is not there.',
  );
});

test('what went wrong in the Worker is said in the page’s language, what nobody has foreseen as it is', () => {
  const diverged = { ...START, problem: 'diverged: step 3: a loss is NaN' satisfies KnownProblem };
  expect(noticeOf(diverged)).toBe(
    'Training lost its way (step 3: a loss is NaN), so the update was thrown away. The next one begins from the shared model.',
  );
  expect(german.noticeOf(diverged)).toMatch(/^Das Training lief aus dem Ruder \(step 3: a loss is NaN\)/);
  const lost = { ...START, problem: 'gpuFailed: the device was lost' satisfies KnownProblem };
  expect(german.noticeOf(lost)).toMatch(/^Die GPU hat versagt, .* \(the device was lost\)\.$/);
  expect(german.noticeOf({ ...START, problem: 'out: of memory' })).toBe('out: of memory');
});

test('a tab that is held back says so', () => {
  const training = { ...START, connected: true, phase: 'training', step: 3, numSteps: 40 } as const;
  expect(activityOf(training)).toBe('Local step 3 of 40');
  expect(activityOf({ ...training, pace: { slowdown: 10, isPaused: false } })).toBe(
    'Local step 3 of 40, made 10 times slower by whoever runs this',
  );
  expect(activityOf({ ...training, pace: { slowdown: 1, isPaused: true } })).toContain('Paused for all');
});

test('a tab that rests of itself says why, and what the button does', () => {
  const around = { ...AROUND };
  const say = createSayings(ENGLISH);
  const held = { ...START, connected: true, phase: 'training', held: 'battery' } as const;
  expect(say.statusOf(held)).toBe('Resting');
  expect(say.hintsOf(held, around)).toEqual(['The battery is low, so this device rests until it charges.']);
  expect(say.buttonOf(held)).toBe('Go on anyway');
  expect(say.buttonOf({ ...held, paused: true })).toBe('Go on');
  expect(say.statusOf({ ...held, paused: true })).toBe('Paused');
  expect(say.hintsOf({ ...held, phase: 'left' }, around)).toEqual([]);
});

test('what is wrong with the network or was with the tab is said one at a time', () => {
  const say = createSayings(ENGLISH);
  const around = { ...AROUND, sleptMs: 180_000, screen: 'tap', isLate: true } as const;
  const hints = (state: DeviceState, isOnline: boolean) =>
    say
      .hintsOf({ ...state, backend: 'auto' }, { ...around, isOnline })
      .map((hint) => plain(hint).replace(/[:.].*/, ''));
  const tap = 'Tap anywhere to keep the screen on';
  expect(hints(START, false)).toEqual(['This device has no network', tap]);
  expect(hints(START, true)).toEqual(['The server cannot be reached', tap]);
  expect(hints({ ...START, connected: true, phase: 'training', deviceId: 'd1' }, false)).toEqual([
    'This tab was asleep for 3 minutes and goes on where it was',
    tap,
  ]);
});

test('a lost connection promises that training goes on', () => {
  const lost = { ...START, ...LOST };
  expect(statusOf(lost)).toBe('Connection lost, trying again');
  expect(activityOf(lost)).toContain('Nothing is lost');
});

test('a share never rounds up to everything', () => {
  expect([1, 0.999, 0.994, 0.0512, 0].map((share) => plain(shareOf(share)))).toEqual([
    'all',
    '99 %',
    '99 %',
    '5.1 %',
    '0.0 %',
  ]);
});

const note = (trainedShare: number, widthRatio = 1) =>
  plain(modelNoteOf({ ...START, trainedShare, widthRatio }));

test('what is not trained is frozen, or no part of the narrower network here', () => {
  expect(note(1)).toContain('All of the model');
  expect(note(0.03)).toMatch(/^3.0 % of the parameters\. .*used here but not trained/);
  expect(note(0.05, 1 / 16)).toMatch(/^5.0 % of the parameters, as a narrower network .*not needed here/);
});

test('memory is what training and own data hold together', () => {
  const own = { ...START.own, deviceBytes: 44_000 };
  const both = { ...START, deviceBytes: 100_000, allocatedBytes: 131_072, backend: 'wasm-simd', own };
  expect(memoryOf(both)).toMatchObject({ figure: '140.6 KiB', against: 'of 192 KiB' });
  expect(memoryOf(both).note).toContain('192 KiB');
  const resting = { ...both, deviceBytes: 0, allocatedBytes: 0 };
  expect(memoryOf(resting)).toMatchObject({ figure: '43 KiB', against: 'of 192 KiB' });
  expect(memoryOf(START).figure).toBe('–');
});

const HERE = { deviceId: 'd1', backend: 'auto', connected: true, phase: 'waiting' } as const;
const BYTES = 1_245_184;

/** Each state in which nothing is computed: what it says that it waits for, in English and in German. */
const WAITS: readonly (readonly [string, Partial<DeviceState>, Partial<Circumstances>, string, string])[] = [
  ['the Worker', {}, {}, 'Starting', 'Fängt an'],
  ['a Worker that is long in coming', {}, { isLate: true }, 'has not started yet', 'ist noch nicht da'],
  ['the server', { backend: 'auto' }, {}, 'Looking for the server', 'Sucht den Server'],
  [
    'a server that is away',
    { backend: 'auto', retryAtMs: 3_500 },
    { isLate: true },
    'next try in 4 s. The server cannot be reached',
    'nächster Versuch in 4 s. Der Server ist nicht zu erreichen',
  ],
  [
    'a server that has gone',
    { ...LOST, retryAtMs: 1_000 },
    {},
    'Nothing is lost: training goes on where it was; next try in 1 s',
    'Nichts ist verloren: das Training geht weiter, wo es war; nächster Versuch in 1 s',
  ],
  ['the network', { ...LOST }, { isOnline: false }, 'has no network', 'hat kein Netz'],
  [
    'consent',
    { held: 'otherServer' },
    {},
    'Waiting for you to agree. This tab would train for “minnow.test”',
    'Wartet auf deine Zustimmung. Dieser Tab würde für „minnow.test“',
  ],
  ['the battery', { ...HERE, held: 'battery' }, {}, 'until it charges', 'bis es lädt'],
  ['data saver', { held: 'dataSaver' }, {}, 'told to save data', 'soll Daten sparen'],
  ['the person', { ...HERE, paused: true }, {}, 'Paused: nothing', 'Pausiert: es wird'],
  [
    'the teacher',
    { ...HERE, pace: { slowdown: 1, isPaused: true } },
    {},
    'Paused for all by whoever runs this',
    'Von der Leitung für alle pausiert',
  ],
  ['work', { ...HERE }, {}, 'Waiting for the next assignment', 'Wartet auf die nächste Aufgabe'],
  [
    'a moment after divergence',
    { ...HERE, diverged: 3, problem: 'diverged: a loss is NaN' },
    {},
    'Resting for a moment',
    'Ruht einen Moment',
  ],
  [
    'memory',
    { phase: 'failed', problem: `memoryRefused: ${BYTES}` },
    {},
    'no 1.19 MiB of memory',
    'keine 1,19 MiB',
  ],
  [
    'another Worker',
    { phase: 'failed', problem: 'workerFailed: 404' },
    {},
    'Load the page anew',
    'Lade die Seite neu',
  ],
  ...(
    [
      [{ kind: 'paused' }, 'Paused for all', 'für alle pausiert'],
      [{ kind: 'anyone', asleep: 0 }, 'Waiting for a device', 'dass ein Gerät beitritt'],
      [
        { kind: 'devices', here: 2, of: 10 },
        'Waiting for 8 more devices; 2 of 10 are here',
        'Wartet auf 8 weitere Geräte; 2 von 10 sind da',
      ],
      [{ kind: 'ready', more: 2, idle: 3 }, '2 of 3 devices here', '2 von 3 Geräten'],
      [
        { kind: 'answers', out: 3, asleep: 1, of: 10 },
        'the updates of 3 devices; 7 of 10 have come; 1 is asleep',
        'die Beiträge von 3 Geräten; 7 von 10 sind da; 1 schläft',
      ],
      [{ kind: 'sleepers', asleep: 2 }, '2 are asleep', '2 schlafen'],
      [{ kind: 'slots', of: 100 }, 'one of 100 assignments', 'eine von 100 Aufgaben'],
      [{ kind: 'updates', buffered: 3, of: 5 }, '3 of 5 updates are in', '3 von 5 Beiträgen sind da'],
      [
        { kind: 'divergence', inARow: 9, learningRate: 10 },
        'the last 9 updates diverged',
        'die letzten 9 Beiträge',
      ],
      [{ kind: 'search', doing: 'searching', done: 40, of: 100 }, '40 %', 'besseren Teil'],
    ] as const satisfies readonly (readonly [Waiting, string, string])[]
  ).map(
    ([waiting, english, german]) =>
      [`the run: ${waiting.kind}`, { ...HERE, waiting }, {}, english, german] as const,
  ),
];

test.each(WAITS)(
  'a tab that waits for %s says so in both languages',
  (_, change, around, english, german) => {
    const state = { ...START, ...change };
    for (const [words, expected] of [
      [ENGLISH, english],
      [GERMAN, german],
    ] as const) {
      const say = createSayings(words);
      const all = { ...AROUND, ...around };
      const texts = [say.activityOf(state, all.nowMs), ...say.hintsOf(state, all), say.noticeOf(state)];
      expect(plain(texts.filter((text) => text !== '').join('. '))).toContain(expected);
      expect(say.statusOf(state, all.isOnline)).not.toBe('');
      expect(say.headlineOf(state).join('')).not.toBe('');
    }
  },
);

test('every phase in which nothing may be computed is among them', () => {
  const phases = new Set(WAITS.map(([, { phase = 'connecting' }]) => phase));
  expect(phases).toEqual(new Set(['connecting', 'waiting', 'failed']));
});

test('a device whose first work waits for others promises none that is on its way', () => {
  const waiting = { kind: 'devices', here: 2, of: 10 } as const;
  expect(say({ ...HERE, waiting })).toBe('Joined. This device waits to train a digit reader.');
  expect(say({ ...HERE })).toBe('Joined. The first part of a digit reader is on its way.');
});

test('a run that diverges again and again is said to have too high a learning rate', () => {
  const problem = 'diverged: a loss is NaN' satisfies KnownProblem;
  expect(noticeOf({ ...START, problem, diverged: 2 })).not.toContain('learning rate');
  expect(noticeOf({ ...START, problem, diverged: 3 })).toContain('3 times in a row: the learning rate');
  expect(german.noticeOf({ ...START, problem, diverged: 3 })).toContain('3-mal hintereinander: die Lernrate');
});
