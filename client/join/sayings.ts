// Which of the page's words a device's state calls for. Pure: state in, texts out; knows no element of the page.

import { deviceName } from '../../shared/deviceName.ts';
import { enforcesBudget } from '../../shared/engine/trainer.ts';
import { NO_WEBGPU } from '../device/backendChoice.ts';
import { isMemoryRefused, isOver, type DeviceState } from '../device/deviceState.ts';
import type { JoinWords, Sentence } from './english.ts';
import type { Mistake } from './joinParameters.ts';
import type { ScreenState } from './keepAwake.ts';

/** What the memory card says: the figure, what it is set against, what that means, and what the budget promises. */
export type MemorySaying = Record<'figure' | 'against' | 'note' | 'promise', string>;

/** What the page knows beside the device's state. */
export interface Circumstances {
  readonly isOnline: boolean;
  readonly sleptMs: number;
  readonly screen: ScreenState;
  /** The server has been looked for long enough. */
  readonly isLate: boolean;
  /** The clock of `DeviceState.retryAtMs`. */
  readonly nowMs: number;
  /** Host of the server that the tab is to train for. */
  readonly host: string;
}

/** From so many in a row on, the device itself is hardly to blame. */
const MANY_DIVERGED = 3;

/** WebAssembly gives out memory by such pages. */
const WASM_PAGE_BYTES = 64 * 1024;

export type Sayings = ReturnType<typeof createSayings>;

export function createSayings(words: JoinWords) {
  const { formats } = words;
  const sizeOf = formats.bytes;

  const shareOf = (share: number): string => formats.share(share, words.model.all);

  /** The first thing that a person reads: what this device does. */
  function headlineOf(state: DeviceState): Sentence {
    const { headline } = words;
    const task = { id: state.taskId, title: state.taskTitle };
    switch (state.phase) {
      case 'left':
        return headline.left(state.updates, task);
      case 'ended':
        if (state.refusal?.code === 'removed') return [headline.removed];
        return [state.refusal?.code === 'superseded' ? headline.superseded : headline.ended];
      case 'failed':
        return [isMemoryRefused(state) ? headline.memoryRefused : headline.failed];
      case 'refused':
        return [state.refusal?.code === 'budgetTooSmall' ? headline.budgetTooSmall : headline.refused];
      case 'connecting':
      case 'waiting':
      case 'training':
      case 'uploading':
        break;
      default:
        return state.phase satisfies never;
    }
    if (state.held && !state.deviceId)
      return [state.held === 'otherServer' ? headline.otherServer : headline.notJoined];
    if (state.trainedShare < 0) {
      if (!state.connected) return [headline.joining];
      return [isWaitingForOthers(state) ? headline.waits(task) : headline.firstPart(task)];
    }
    return headline.trains(
      deviceName(state.deviceId).replaceAll(' ', '\u00a0'),
      shareOf(state.trainedShare),
      task,
      state.numDevices - 1,
    );
  }

  /** The one line that screen readers announce: coarse, so that it changes only when something happens to the person. */
  function statusOf(state: DeviceState, isOnline = true): string {
    const { status } = words;
    switch (state.phase) {
      case 'connecting':
        if (state.held) return status.held;
        if (!isOnline) return status.offline;
        return state.deviceId ? status.lost : status.connecting;
      case 'waiting':
      case 'training':
      case 'uploading':
        if (state.paused) return status.paused;
        if (state.held) return status.held;
        return state.trainedShare < 0 ? status.joined : status.training;
      case 'refused':
      case 'ended':
      case 'left':
      case 'failed':
        return status[state.phase];
      default:
        return state.phase satisfies never;
    }
  }

  /** What the device does at this moment. */
  function activityOf(state: DeviceState, nowMs = 0): string {
    const { activity } = words;
    if (state.paused && state.phase !== 'left') return activity.paused;
    if (state.held && !isOver(state)) return state.held === 'otherServer' ? activity.asking : activity.held;
    if (state.pace.isPaused && state.connected) return activity.pausedForAll;
    switch (state.phase) {
      case 'training': {
        if (state.step === 0) return activity.takingIn;
        const { slowdown } = state.pace;
        return activity.step(state.step, state.numSteps) + (slowdown > 1 ? activity.slowed(slowdown) : '');
      }
      case 'uploading':
        return activity.sending;
      case 'waiting':
        if (state.diverged > 0) return activity.afterDivergence;
        return state.waiting ? activity.waitingFor(state.waiting) : activity.waiting;
      case 'connecting': {
        if (state.backend === '') return activity.starting;
        const seconds = Math.ceil((state.retryAtMs - nowMs) / 1000);
        const doing = state.deviceId ? activity.resuming : activity.looking;
        return doing + (state.retryAtMs > 0 && seconds > 0 ? activity.nextTry(seconds) : '');
      }
      case 'refused':
      case 'ended':
      case 'left':
      case 'failed':
        return '';
      default:
        return state.phase satisfies never;
    }
  }

  /** What is to be known of the device's surroundings; nothing once it is over. */
  function hintsOf(state: DeviceState, around: Circumstances): string[] {
    const { hint } = words;
    if (isOver(state)) return [];
    const hints: string[] = [];
    if (state.held === 'otherServer') hints.push(hint.otherServer(around.host));
    else if (state.held) hints.push(hint[state.held]);
    else if (!around.isOnline && !state.connected) hints.push(hint.offline);
    else if (around.isLate && state.phase === 'connecting' && !state.deviceId)
      hints.push(state.backend === '' ? hint.workerLate : hint.unreachable);
    else if (around.sleptMs > 0) hints.push(hint.slept(Math.max(1, Math.round(around.sleptMs / 1000))));
    if (around.screen === 'tap') hints.push(hint.tapToKeepOn);
    if (around.screen === 'mayTurnOff') hints.push(hint.screenMayTurnOff);
    return hints;
  }

  /** What stands in the way and what would help; '' when all is well. */
  function noticeOf(state: DeviceState): string {
    const { notice } = words;
    const { refusal, backendRefusal } = state;
    if (!refusal)
      return problemOf(state) || (backendRefusal && notice.otherBackend(reasonOf(backendRefusal)));
    switch (refusal.code) {
      case 'budgetTooSmall': {
        const smallest = refusal.smallestBudgetBytes;
        const tooSmall = notice.budgetTooSmall(sizeOf(state.budgetBytes));
        return smallest
          ? `${tooSmall} ${notice.smallestBudget(sizeOf(Math.ceil(smallest / 1024) * 1024))}`
          : tooSmall;
      }
      case 'superseded':
      case 'runEnded':
      case 'removed':
      case 'badCode':
      case 'protocolVersion':
      case 'flood':
        return notice[refusal.code];
      case 'unknownRun':
        return notice.unknownRun(state.run);
      case 'badToken':
      case 'malformed':
      case 'oversized':
      case 'moved':
      case 'wrongLength':
      case 'notFinite':
      case 'tooLarge':
      case 'unknownAssignment':
      case 'foreignAssignment':
      case 'leaseExpired':
      case 'stale':
      case 'outOfOrder':
      case 'internal':
        return notice.otherRefusal(refusal.code, refusal.message);
      default:
        return refusal.code satisfies never;
    }
  }

  /** One that nobody has foreseen is shown as it is. */
  function problemOf({ problem, diverged }: DeviceState): string {
    const { notice } = words;
    const [code, ...parts] = problem.split(': ');
    const detail = parts.join(': ');
    switch (code) {
      case 'diverged':
        return diverged < MANY_DIVERGED
          ? notice.diverged(detail)
          : `${notice.diverged(detail)} ${notice.divergesAgain(diverged)}`;
      case 'memoryRefused':
        return notice.memoryRefused(sizeOf(Number(detail)));
      case 'gpuFailed':
      case 'workerFailed':
        return notice[code](detail);
      default:
        return problem;
    }
  }

  /** As above. */
  const reasonOf = (refusal: string): string => (refusal === NO_WEBGPU ? words.notice.noWebGpu : refusal);

  const mistakeOf = ({ name, expected, text }: Mistake): string => words.notice.mistake(name, expected, text);

  /** What the first button does. */
  function buttonOf({ paused, held }: DeviceState, host = ''): string {
    const { buttons } = words;
    if (held === 'otherServer') return buttons.trainFor(host);
    return paused ? buttons.goOn : held ? buttons.goOnAnyway : buttons.pause;
  }

  /** Whose data this is, and what leaves the tab. */
  function dataLineOf({ samples, isDemoShard, own }: DeviceState): string {
    if (samples === 0) return words.data.nothingYet;
    if (isDemoShard) return words.data.demo(samples);
    return own.use === 'both' ? words.data.both(samples) : words.data.own(samples);
  }

  /** How good the shared model is. */
  function scoreOf({ metric, score }: DeviceState): string {
    return formats.score(metric, score);
  }

  /** What that figure means. */
  function scoreNoteOf({ metric, score }: DeviceState): string {
    return score < 0 ? words.score.notYet : words.score.of[metric];
  }

  /** The engine's variant for people. */
  function engineOf(backend: string, hasGpuFailed = false): string {
    const { engine } = words;
    if (hasGpuFailed) return engine.gpuFailed(engineOf(backend));
    switch (backend) {
      case 'webgpu':
        return engine.webgpu;
      case 'tfjs-webgpu':
        return engine.tfjs;
      case 'wasm-relaxed':
        return engine.relaxed;
      case 'wasm-simd':
        return engine.simd;
      case 'wasm-scalar':
        return engine.scalar;
      default:
        return backend || '–';
    }
  }

  function memoryOf(state: DeviceState): MemorySaying {
    const { memory } = words;
    const { budgetBytes, backend } = state;
    const { deviceBytes, allocatedBytes } = heldBytesOf(state);
    const promise = enforcesBudget(backend) ? memory.promise : memory.noPromise;
    if (allocatedBytes === 0) return { figure: '–', against: '', note: memory.nothing, promise };
    const figure = sizeOf(deviceBytes);
    return enforcesBudget(backend)
      ? {
          figure,
          against: memory.of(sizeOf(budgetBytes)),
          note: memory.allocated(sizeOf(allocatedBytes)),
          promise,
        }
      : { figure, against: memory.measured, note: memory.notEnforced(figure), promise };
  }

  /** The same in one sentence, for the lead; '' before anything is allocated. */
  function memoryLineOf(state: DeviceState): string {
    const { budgetBytes, backend } = state;
    const { deviceBytes, allocatedBytes } = heldBytesOf(state);
    if (allocatedBytes === 0) return '';
    const [figure, budget] = [deviceBytes, budgetBytes].map((bytes) => sizeOf(bytes).replace(' ', '\u00a0'));
    return enforcesBudget(backend) ? words.memory.inUse(figure!, budget!) : words.memory.notEnforced(figure!);
  }

  /** "2 versions", "none" for 0, "–" before the first. */
  function stalenessOf(staleness: number): string {
    if (staleness < 0) return '–';
    return staleness === 0 ? words.figures.noStaleness : words.figures.staleness(staleness);
  }

  /** What of the model is trained here, and what becomes of the rest. */
  function modelNoteOf({ trainedShare, widthRatio }: DeviceState): string {
    if (trainedShare === 1) return words.model.allSent;
    const share = shareOf(trainedShare);
    return widthRatio < 1 ? words.model.narrower(share) : words.model.part(share);
  }

  return {
    words,
    sizeOf,
    shareOf,
    headlineOf,
    statusOf,
    activityOf,
    hintsOf,
    mistakeOf,
    buttonOf,
    noticeOf,
    dataLineOf,
    scoreOf,
    scoreNoteOf,
    engineOf,
    memoryOf,
    memoryLineOf,
    stalenessOf,
    modelNoteOf,
  };
}

/** Its first work comes when others have come, or go on. */
function isWaitingForOthers({ phase, waiting, pace }: DeviceState): boolean {
  return phase === 'waiting' && (waiting !== null || pace.isPaused);
}

/** Training and what one's own data need, together: of the budget, and in whole pages of WebAssembly. */
export function heldBytesOf({
  deviceBytes,
  allocatedBytes,
  own,
}: DeviceState): Pick<DeviceState, 'deviceBytes' | 'allocatedBytes'> {
  return {
    deviceBytes: (allocatedBytes > 0 ? deviceBytes : 0) + own.deviceBytes,
    allocatedBytes: allocatedBytes + Math.ceil(own.deviceBytes / WASM_PAGE_BYTES) * WASM_PAGE_BYTES,
  };
}
