// What the page says of a device's state, in plain words. Pure: state in, sentences out; knows no element of the page.

import type { DeviceState } from '../device/deviceState.ts';
import { enforcesBudget } from '../../shared/engine/trainer.ts';
import { formatByteSize } from '../../shared/byteSize.ts';
import { describeScore, formatScore } from '../../shared/tasks/metric.ts';

/** What the model of an embedded task is, in words that need no explanation. */
const TASK_NOUNS: Record<string, string> = {
  digits: 'a digit reader',
  fashion: 'a reader of clothes',
  cifar10: 'a sorter of pictures',
  har: 'a reader of movements',
};

/** A sentence cut where the page sets figures in colour: odd pieces are the figures. */
export type Sentence = readonly string[];

/** The first thing that a person reads: what this device does. */
export function headlineOf(state: DeviceState): Sentence {
  const noun = TASK_NOUNS[state.taskId] ?? (state.taskTitle ? `“${state.taskTitle}”` : 'a shared model');
  switch (state.phase) {
    case 'left':
      return ['You have left. ', plural(state.updates, 'update'), ` of this tab went into ${noun}.`];
    case 'ended':
      return [
        state.refusal?.code === 'superseded' ? 'This device goes on in another tab.' : 'This run has ended.',
      ];
    case 'failed':
      return ['This tab cannot train.'];
    case 'refused':
      return [
        state.refusal?.code === 'budgetTooSmall'
          ? 'This budget is too small to train with.'
          : 'The server said no.',
      ];
    case 'connecting':
    case 'waiting':
    case 'training':
    case 'uploading':
      break;
    default:
      return state.phase satisfies never;
  }
  if (state.trainedShare < 0)
    return state.connected ? [`Joined. The first part of ${noun} is on its way.`] : ['Joining …'];
  const others = state.numDevices - 1;
  const company =
    others > 0 ? [` of ${noun} with `, plural(others, 'other'), '.'] : [` of ${noun}, the only one so far.`];
  return ['This tab trains ', formatShare(state.trainedShare), ...company];
}

/** The one line that screen readers announce: coarse, so that it changes only when something happens to the person. */
export function statusOf(state: DeviceState): string {
  switch (state.phase) {
    case 'connecting':
      return state.deviceId ? 'Connection lost, trying again' : 'Connecting';
    case 'waiting':
    case 'training':
    case 'uploading':
      if (state.paused) return 'Paused';
      return state.trainedShare < 0 ? 'Joined' : 'Training';
    case 'refused':
      return 'Refused';
    case 'ended':
      return 'Ended';
    case 'left':
      return 'Left';
    case 'failed':
      return 'Stopped';
    default:
      return state.phase satisfies never;
  }
}

/** What the device does at this moment. */
export function activityOf(state: DeviceState): string {
  if (state.paused && state.phase !== 'left') return 'Paused: nothing is computed';
  if (state.pace.isPaused && state.connected)
    return 'Paused for all by whoever runs this: nothing is computed';
  switch (state.phase) {
    case 'training':
      return state.step > 0
        ? `Local step ${state.step} of ${state.numSteps}${slowedOf(state)}`
        : 'Taking in the model';
    case 'uploading':
      return 'Sending the update';
    case 'waiting':
      return 'Waiting for the next assignment';
    case 'connecting':
      return state.deviceId ? 'Nothing is lost: training goes on where it was' : 'Looking for the server';
    case 'refused':
    case 'ended':
    case 'left':
    case 'failed':
      return '';
    default:
      return state.phase satisfies never;
  }
}

function slowedOf({ pace }: DeviceState): string {
  return pace.slowdown > 1 ? `, made ${pace.slowdown} times slower by whoever runs this` : '';
}

/** What stands in the way and what would help; '' when all is well. */
export function noticeOf(state: DeviceState): string {
  const { refusal } = state;
  if (!refusal)
    return (
      state.problem ||
      (state.backendRefusal && `This tab trains in WebAssembly instead: ${state.backendRefusal}.`)
    );
  switch (refusal.code) {
    case 'budgetTooSmall': {
      const smallest = refusal.smallestBudgetBytes;
      const help = smallest
        ? `The smallest that would do is ${formatByteSize(Math.ceil(smallest / 1024) * 1024)}.`
        : '';
      return `No part of the model can be trained within ${formatByteSize(state.budgetBytes)}. ${help} Move the slider below to declare more.`;
    }
    case 'superseded':
      return 'Another tab has taken over this session. You can join here as one more device.';
    case 'runEnded':
      return 'Thank you for taking part. The model is finished.';
    case 'unknownRun':
      return `There is no run called “${state.run}” on this server. Check the address, or ask for a new link.`;
    case 'protocolVersion':
      return 'This page and the server are of different ages. Reload the page.';
    case 'flood':
      return 'The server had too many messages from this tab. Wait a moment, then reload the page.';
    case 'badToken':
    case 'malformed':
    case 'oversized':
    case 'wrongLength':
    case 'notFinite':
    case 'tooLarge':
    case 'unknownAssignment':
    case 'foreignAssignment':
    case 'leaseExpired':
    case 'stale':
    case 'outOfOrder':
    case 'internal':
      return `The server refused this tab (${refusal.code}): ${refusal.message}`;
    default:
      return refusal.code satisfies never;
  }
}

/** Whose data this is, and what leaves the tab. */
export function dataLineOf(state: DeviceState): string {
  if (state.samples === 0) return 'Nothing leaves this tab but the update.';
  const whose = state.isDemoShard ? 'Demo shard of' : 'Your own data,';
  return `${whose} ${plural(state.samples, 'sample')}; nothing leaves this tab but the update.`;
}

/** How good the shared model is. */
export function scoreOf({ metric, score }: DeviceState): string {
  return score < 0 ? '–' : formatScore(metric, score).replace(' ', '\u00a0');
}

/** What that figure means. */
export function scoreNoteOf({ metric, score }: DeviceState): string {
  return score < 0 ? 'Not examined yet' : describeScore(metric);
}

/** The engine's variant for people. */
export function engineOf(backend: string, hasGpuFailed = false): string {
  if (hasGpuFailed) return `${engineOf(backend)} (the GPU failed)`;
  switch (backend) {
    case 'webgpu':
      return 'WebGPU';
    case 'tfjs-webgpu':
      return 'TensorFlow.js on WebGPU';
    case 'wasm-relaxed':
      return 'WebAssembly, fused SIMD';
    case 'wasm-simd':
      return 'WebAssembly, SIMD';
    case 'wasm-scalar':
      return 'WebAssembly, slow path';
    default:
      return backend || '–';
  }
}

/** What the memory card says: the figure, what it is set against, what that means, and what the budget promises. */
export function memoryOf(state: DeviceState): Record<'figure' | 'against' | 'note' | 'promise', string> {
  const { budgetBytes, deviceBytes, allocatedBytes, backend } = state;
  const promise = enforcesBudget(backend)
    ? 'This tab never trains with more than it declares.'
    : 'The server picks the part by this budget, but TensorFlow.js is not held to it.';
  if (allocatedBytes === 0) return { figure: '–', against: '', note: 'Nothing is allocated.', promise };
  const figure = formatByteSize(deviceBytes);
  const budget = formatByteSize(budgetBytes);
  if (!enforcesBudget(backend))
    return {
      figure,
      against: 'measured',
      note: `Budget not enforced: TensorFlow.js takes what it takes, ${figure} on the GPU so far.`,
      promise,
    };
  const note = `All that training needs. ${formatByteSize(allocatedBytes)} are allocated and never grow.`;
  return { figure, against: `of ${budget}`, note, promise };
}

/** "2 versions", "none" for 0, "–" before the first. */
export function stalenessOf(staleness: number): string {
  if (staleness < 0) return '–';
  return staleness === 0 ? 'none' : plural(staleness, 'version');
}

/** What of the model is trained here, and what becomes of the rest. */
export function modelNoteOf({ trainedShare, widthRatio }: DeviceState): string {
  if (trainedShare === 1) return 'All of the model, whose newest version the server sends.';
  const share = `${formatShare(trainedShare)} of the parameters`;
  return widthRatio < 1
    ? `${share}, as a narrower network of their own. The hatched part is not needed here.`
    : `${share}. The hatched part is used here but not trained.`;
}

/** "77 %" (with a space that does not break), "all" for everything, one decimal under 10 %. */
export function formatShare(share: number): string {
  if (share >= 0.9995) return 'all';
  const percent = share * 100;
  return `${percent < 10 ? percent.toFixed(1) : Math.min(99, Math.round(percent))}\u00a0%`;
}

export function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en')}\u00a0${noun}${count === 1 ? '' : 's'}`;
}
