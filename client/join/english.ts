// The join page's words in English; they say which there are in every language. Pure: figures in, texts out.
// A `Sentence` is cut where the page sets figures in colour: odd pieces are the figures.

import { COMMON_ENGLISH } from '../common/commonEnglish.ts';
import { BACKENDS, type Expectation } from './joinParameters.ts';

export type Sentence = readonly string[];
export type JoinWords = typeof ENGLISH;

const { formats, frozen, more, notExamined, samples, scores, updates, versions, waitingFor } = COMMON_ENGLISH;
const { count } = formats;

/** What the model of an embedded task is, in words that need no explanation. */
const TASK_NOUNS: Readonly<Record<string, string>> = {
  digits: 'a digit reader',
  fashion: 'a reader of clothes',
  cifar10: 'a sorter of pictures',
  har: 'a reader of movements',
};

const EXPECTATIONS: Readonly<Record<Expectation, string>> = {
  shortText: 'at most 200 characters',
  budget: 'between 8KiB and 64MiB (bytes, KiB or MiB)',
  flops: 'a number of FLOP/s >= 0, such as 2e9',
  seed: 'a whole number >= 0',
  straggler: 'a number >= 1',
  tempo: 'a number of seconds from 0 to 60',
  backend: `auto or one of ${BACKENDS.join(', ')}`,
  origin: 'an http or https address, such as http://192.168.1.20:8080',
};

function modelOf(task: { id: string; title: string }): string {
  return TASK_NOUNS[task.id] ?? (task.title ? `“${task.title}”` : 'a shared model');
}

export const ENGLISH = {
  formats,

  headline: {
    joining: 'Joining …',
    notJoined: 'This device has not joined yet.',
    otherServer: 'This link leads to another server.',
    firstPart: (task: { id: string; title: string }): string =>
      `Joined. The first part of ${modelOf(task)} is on its way.`,
    waits: (task: { id: string; title: string }): string =>
      `Joined. This device waits to train ${modelOf(task)}.`,
    trains(name: string, share: string, task: { id: string; title: string }, others: number): Sentence {
      const company =
        others > 0
          ? [` of ${modelOf(task)} with `, count(others, 'other', 'others'), '.']
          : [` of ${modelOf(task)}, the only one so far.`];
      return ['This device, ', name, ', trains ', share, ...company];
    },
    left: (numUpdates: number, task: { id: string; title: string }): Sentence => [
      'You have left. ',
      updates(numUpdates),
      ` of this tab went into ${modelOf(task)}.`,
    ],
    superseded: 'This device goes on in another tab.',
    removed: 'This tab no longer takes part.',
    ended: 'This run has ended.',
    failed: 'This tab cannot train.',
    budgetTooSmall: 'This budget is too small to train with.',
    refused: 'The server said no.',
    memoryRefused: 'This tab got no memory to train in.',
  },

  status: {
    connecting: 'Connecting',
    lost: 'Connection lost, trying again',
    offline: 'Offline',
    paused: 'Paused',
    held: 'Resting',
    joined: 'Joined',
    training: 'Training',
    refused: 'Refused',
    ended: 'Ended',
    left: 'Left',
    failed: 'Stopped',
  },

  activity: {
    paused: 'Paused: nothing is computed',
    held: 'Resting: nothing is computed',
    pausedForAll: 'Paused for all by whoever runs this: nothing is computed',
    step: (step: number, numSteps: number): string => `Local step ${step} of ${numSteps}`,
    slowed: (slowdown: number): string => `, made ${slowdown} times slower by whoever runs this`,
    takingIn: 'Taking in the model',
    sending: 'Sending the update',
    waiting: 'Waiting for the next assignment',
    waitingFor,
    afterDivergence: 'Resting for a moment: the last training lost its way',
    resuming: 'Nothing is lost: training goes on where it was',
    looking: 'Looking for the server',
    starting: 'Starting',
    nextTry: (seconds: number): string => `; next try in ${seconds} s`,
    asking: 'Waiting for you to agree',
  },

  /** What is to be known of the device and its surroundings, though nothing is wrong with Minnow. */
  hint: {
    battery: 'The battery is low, so this device rests until it charges.',
    dataSaver: 'This browser is told to save data, so nothing is fetched for training or sent.',
    offline: 'This device has no network. It goes on by itself when the network is back.',
    unreachable: 'The server cannot be reached. This page goes on by itself when it can.',
    workerLate: 'The part of this page that trains has not started yet: it is still on its way.',
    otherServer: (host: string): string =>
      `This tab would train for “${host}”, which is not the server that this page came from. Go on only if you trust whoever gave you the link.`,
    slept: (seconds: number): string =>
      seconds < 120
        ? `This tab was asleep for ${count(seconds, 'second', 'seconds')} and goes on where it was.`
        : `This tab was asleep for ${count(Math.round(seconds / 60), 'minute', 'minutes')} and goes on where it was.`,
    tapToKeepOn: 'Tap anywhere to keep the screen on: when it goes off, this device rests.',
    screenMayTurnOff: 'Nothing keeps the screen on here: when it goes off, this device rests.',
  },

  notice: {
    otherBackend: (why: string): string => `This tab trains in WebAssembly instead: ${why}.`,
    diverged: (detail: string): string =>
      `Training lost its way (${detail}), so the update was thrown away. The next one begins from the shared model.`,
    divergesAgain: (times: number): string =>
      `That was ${times} times in a row: the learning rate of this run is probably too high. Whoever runs it can lower it.`,
    memoryRefused: (size: string): string =>
      `The browser gave this tab no ${size} of memory. Close other tabs and programs and try again, or declare less: then this tab trains a smaller part.`,
    workerFailed: (detail: string): string =>
      `The part of this page that trains could not be started (${detail}). Load the page anew; if that does not help, try another browser.`,
    gpuFailed: (detail: string): string => `The GPU failed, so this device goes on without it (${detail}).`,
    noWebGpu: 'this browser has no WebGPU here',
    budgetTooSmall: (budget: string): string =>
      `No part of the model can be trained within ${budget}. Move the slider below to declare more.`,
    smallestBudget: (smallest: string): string => `The smallest that would do is ${smallest}.`,
    superseded: 'Another tab has taken over this session. You can join here as one more device.',
    removed: 'Whoever runs this has removed this tab. You can join again as a new device.',
    runEnded: 'Thank you for taking part. The model is finished.',
    unknownRun: (run: string): string =>
      `There is no run called “${run}” on this server. Check the address, or ask for a new link.`,
    badCode:
      'This run needs its join code. Scan the QR code of whoever runs it, or type the address as it is shown there.',
    protocolVersion: 'This page and the server are of different ages. Reload the page.',
    flood: 'The server had too many messages from this tab. Wait a moment, then reload the page.',
    otherRefusal: (code: string, message: string): string =>
      `The server refused this tab (${code}): ${message}`,
    mistake: (name: string, expected: Expectation, text: string): string =>
      `“${name}” must be ${EXPECTATIONS[expected]}, got “${text}”.`,
    badAddress: 'The address of this page has a mistake in it, so this tab has not joined.',
  },

  data: {
    nothingYet: 'Nothing leaves this tab but the update.',
    demo: (numSamples: number): string =>
      `Demo shard of ${samples(numSamples)}; nothing leaves this tab but the update.`,
    both: (numSamples: number): string =>
      `${samples(numSamples)}, the server's and your own; nothing leaves this tab but the update.`,
    own: (numSamples: number): string =>
      `Your own data, ${samples(numSamples)}; nothing leaves this tab but the update.`,
  },

  score: { notYet: notExamined, of: scores },

  engine: {
    webgpu: 'WebGPU',
    tfjs: 'TensorFlow.js on WebGPU',
    relaxed: 'WebAssembly, fused SIMD',
    simd: 'WebAssembly, SIMD',
    scalar: 'WebAssembly, slow path',
    gpuFailed: (engine: string): string => `${engine} (the GPU failed)`,
    needsHttps: (engine: string): string => `${engine}; WebGPU needs https`,
  },

  memory: {
    promise: 'This tab never trains with more than it declares.',
    noPromise: 'The server picks the part by this budget, but TensorFlow.js is not held to it.',
    nothing: 'Nothing is allocated.',
    nothingYet: 'nothing yet',
    measured: 'measured',
    notEnforced: (figure: string): string =>
      `Budget not enforced: TensorFlow.js takes what it takes, ${figure} on the GPU so far.`,
    of: (budget: string): string => `of ${budget}`,
    allocated: (allocated: string): string =>
      `All that training needs. ${allocated} are allocated and never grow.`,
    inUse: (figure: string, budget: string): string => `It uses ${figure} of the ${budget} it may use.`,
  },

  figures: {
    updates: (accepted: string, refused: number): string =>
      refused > 0 ? `${accepted} (${refused} refused)` : accepted,
    noStaleness: 'none',
    staleness: versions,
    identity: (deviceId: string, run: string): string => `Device ${deviceId} of the run ${run}.`,
  },

  model: {
    all: 'all',
    allSent: 'All of the model, whose newest version the server sends.',
    narrower: (share: string): string =>
      `${share} of the parameters, as a narrower network of their own. The hatched part is not needed here.`,
    part: (share: string): string =>
      `${share} of the parameters. The hatched part is used here but not trained.`,
    frozen,
    trained: 'trained',
    shareTrained: (share: string): string => `${share} trained`,
  },

  shoalMore: more,
  buttons: {
    pause: 'Pause',
    goOn: 'Go on',
    goOnAnyway: 'Go on anyway',
    trainFor: (host: string): string => `Train for ${host}`,
    joinAgain: 'Join again',
    tryAgain: 'Try again',
    declare: (size: string): string => `Declare ${size}`,
  },
};
