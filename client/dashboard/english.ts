// The dashboard's words in English; they say which there are in every language. Pure: figures in, texts out.

import type { DashboardDeviceState, DeskField } from '../../shared/contract/dashboard.ts';
import { ENGLISH_ARENA } from '../../shared/engine/arenaWords.ts';
import type { SubsetChoice } from '../../shared/settings/forms.ts';
import { COMMON_ENGLISH } from '../common/commonEnglish.ts';

export type DashboardWords = typeof ENGLISH;

const { formats, devices, samples, updates, versions } = COMMON_ENGLISH;
const { whole } = formats;

const SUBSETS: Readonly<Record<SubsetChoice, string>> = {
  weakest: 'one part for all',
  tailored: 'a part for each',
  subnetwork: 'a narrower network',
  rolling: 'a rolling network',
  rotating: 'slices in turn',
  full: 'the whole model',
};

const STATES: Readonly<Record<DashboardDeviceState, string>> = {
  training: 'training',
  waiting: 'waiting',
  asleep: 'asleep',
  gone: 'gone',
};

export const ENGLISH = {
  ...COMMON_ENGLISH,

  /** What stands in the page from the start, by its `data-word` and `data-label`. */
  page: {
    connecting: 'Connecting',
    compare: 'One fleet, several models',
    compareNote:
      'Every device here trains for one of these models: the server deals them out so that each model gets devices of the same kinds and speeds. All models began with the same parameters. The one that is chosen is what the rest of this page shows.',
    model: 'The shared model',
    version: 'Version',
    rate: 'Versions a minute',
    updates: 'Updates',
    time: 'Time',
    heldBack:
      'Something between this page and the server holds the live feed back, so this page asks for news every two seconds.',
    loss: 'Loss on held-out samples',
    join: 'Take part',
    qr: 'QR code of the address below',
    network: 'Network',
    buffer: 'Buffer',
    desk: 'Steer',
    slowWho: 'Make',
    quarter: 'a quarter',
    half: 'half',
    everyone: 'all',
    slowOf: 'of the devices',
    slowTimes: 'times slower',
    slow: 'Slow down',
    unslow: 'All at full speed',
    pauseAll: 'Pause all',
    endRun: 'End the run',
    settings: 'Settings of this model',
    change: 'Change',
    task: 'Task',
    begin: 'Begin anew',
    save: 'Save',
    devices: 'Devices',
    table: 'Table',
    deviceTable: 'Devices as a table',
    nobody: 'Nobody is here yet.',
    cost: 'Cost against FedAvg',
    payload: 'Payload',
    memory: 'Memory of a device',
    here: 'here',
    ages: 'How old updates were',
    agesNote: 'Versions made while a device was training. An older update counts less.',
    parts: 'Who trains which part of the model',
    partsNote: 'Filled: trained. Hatched: used, but not trained.',
    arena: 'Memory of one local step',
    arenaLabel: 'Arena over time',
    confusion: 'What is taken for what',
    confusionLabel: 'Confusion matrix of the shared model',
    mistakes: 'Where it is wrong and sure of it',
    mistakesNote: 'Held-out samples, which no device has seen.',
    scores: 'Scores over time',
    score: 'Score over time',
    losses: 'Loss over time',
    rates: 'Versions a minute over time',
    looksOnly: 'This page only looks: it takes no part and changes nothing.',
  },
  title: 'Minnow dashboard',
  description: 'A run of Minnow while it trains: the model, the devices, the cost.',

  status: { ended: 'Ended', lost: 'Connection lost, trying again', paused: 'Paused', live: 'Live' },

  join: {
    scan: 'Scan the code or type the address. Nothing has to be installed.',
    isLocal: 'This address leads nowhere but to this machine.',
  },

  /** What the pictures show, for who does not see them. */
  charts: {
    score: (metric: string, now: string): string => `${metric} over time, now ${now}`,
    loss: (now: string): string => `Loss over time, now ${now}`,
    rate: (now: string): string => `Versions a minute over time, now ${now}`,
    unknown: 'unknown',
    target: (value: string): string => `target ${value}`,
    compared: (metric: string, all: string): string => `${metric} over time: ${all}`,
    comparedRun: (strategy: string, score: string, version: number): string =>
      `${strategy} ${score} after ${versions(version)}`,
  },

  compare: { versions: 'versions', aMinute: 'a minute' },

  buffer: {
    of: (size: number): string => `of ${size} updates`,
    cohort: 'Cohort',
    cohortNote:
      'The next version comes when all who are at work have answered: everybody waits for the slowest.',
    eachNote: 'Each update makes a version at once. Nobody waits.',
    note: 'A full buffer makes the next version. Nobody waits for the slow.',
    /** What waits for the next version, and for whom. */
    waitsFor: (count: number): string => `waits for ${devices(count)}`,
    settings: (subset: string, localRate: string, serverRate: string): string =>
      `Trained: ${subset} · local rate ${localRate} · server rate ${serverRate}`,
    clipped: (tensors: number): string =>
      `${formats.count(tensors, 'tensor', 'tensors')} of updates moved further than is usual and ${tensors === 1 ? 'was' : 'were'} clipped.`,
  },

  device: {
    states: STATES,
    census: (count: number, state: DashboardDeviceState): string => `${whole(count)} ${STATES[state]}`,
    showGone: (count: number): string => `Show ${count} gone`,
    slower: (factor: string): string => `${factor}× slower`,
    memoryOf: (bytes: string, budget: string): string => `${bytes} of ${budget}`,
    budget: (budget: string): string => `budget ${budget}`,
    notEnforced: 'not enforced',
    all: 'all',
    trains: 'trains',
    updates: 'updates',
    age: 'age',
    bytes: 'down + up',
    remove: (name: string): string => `Remove ${name}`,
  },

  table: {
    device: 'Device',
    browser: 'Browser',
    cores: 'Cores',
    backend: 'Backend',
    step: 'Step now',
    steps: 'Step over time',
    memory: 'Peak memory',
    down: 'Down',
    up: 'Up',
    updates: 'Updates',
    notYet: 'not yet',
    curve: (first: string, last: string, most: string): string => `from ${first} to ${last}, at most ${most}`,
  },

  cost: (batch: number): string =>
    `FedAvg: as many updates with the whole model, 4 bytes a parameter, down and up; and a device that holds the training of the whole model, ${batch} samples at once. Here: all bytes so far, and the most that any device holds.`,

  ages: {
    none: 'No updates yet',
    bar: (count: number, age: string): string => `${updates(count)} ${age} versions old`,
  },

  parts: {
    trains: (budget: string, share: string): string => `${budget}, trains ${share}`,
    bias: 'bias',
    narrows: (budget: string): string => `narrows all to what ${budget} can train.`,
    narrowsNobody: 'narrows nobody: it trains its own part.',
    exempt: 'Let the others train more',
    unexempt: 'Let it narrow again',
  },

  arena: {
    ...ENGLISH_ARENA,
    size: formats.bytes,
    note: (budget: string, microBatch: number, batch: number, bytes: string): string =>
      `Every tensor that a device with ${budget} holds while it takes one step, ${microBatch} of ${batch} samples at a time. All of it is placed before the first step: ${bytes}, and never more.`,
    missing: 'This picture could not be fetched. Load the page anew.',
  },

  examination: {
    note: (wrong: number, all: number): string =>
      `Rows: what it is; columns: what the model says. Wrong in ${whole(wrong)} of ${samples(all)}.`,
    taken: (truth: string, said: string): string => `A ${truth} taken for a ${said}`,
    is: (truth: string): string => `, is ${truth}`,
    sure: (percent: string): string => `${percent} sure`,
  },

  desk: {
    foot: 'This page may steer the run: whoever sees its link to the token may, too.',
    pauseAll: 'Pause all',
    start: 'Start',
    goOn: 'Go on',
    compare: (strategies: string): string => `Compare ${strategies}`,
    alone: (strategy: string): string => `${strategy} alone`,
    and: ' and ',
    subsets: SUBSETS,
    /** As the settings themselves say it. */
    field: ({ label }: DeskField): string => label,
    files: {
      safetensors: 'Model (safetensors)',
      tfjs: 'Model (TensorFlow.js)',
      metricsCsv: 'Metrics (CSV)',
      metricsJsonl: 'Metrics (JSONL)',
      devicesCsv: 'Devices (CSV)',
    },

    failed: (reason: string): string => `That did not work: ${reason}`,
    unreachable: 'the server does not answer',
    opening: 'Opening …',
    changed: 'Changed: it holds from the next assignment and version on.',
    allGoOn: 'All devices go on.',
    allPause: 'All devices pause after the step they are at.',
    slowed: (whose: string, factor: number): string =>
      `${whose.charAt(0).toUpperCase()}${whose.slice(1)} of the devices that are here: ${factor} times slower`,
    forEach: ', as many for each model',
    unslowed: 'All devices are as fast as they are.',
    askBegin: (task: string): string =>
      `Begin anew with “${task}”, from version 0? The devices go on by themselves. What was learnt so far stays in its folder.`,
    begun: (task: string): string => `Begun anew: ${task}.`,
    askCompare: (strategies: string): string =>
      `Begin anew with two models, one by ${strategies.replace(' and ', ' and one by ')}? Each device trains for one of them.`,
    askAlone: (strategy: string): string =>
      `Begin anew with ${strategy} alone? The devices go on by themselves.`,
    begin: (strategies: string): string => `${strategies} begin.`,
    askEnd: 'End this run for good? Devices stop, and the model stays as it is.',
    ended: 'The run has ended.',
    saved: (files: string): string => `Saved: ${files}.`,
    askRemove: (name: string): string =>
      `Remove ${name}? Its page is told so, and can join again as a new device.`,
    removed: (name: string): string => `Removed: ${name}.`,
    exempted: (name: string): string => `${name} narrows nobody now.`,
    unexempted: (name: string): string => `${name} may narrow all again.`,
  },
};
