// Entry of the join page: reads the address, starts the device, hands its state on. Joins on load with no question asked.
// What is here is fetched before the first local step; what shows the state comes with that step (joinPage.ts).

import '../common/olderBrowsers.ts';
import { startDeviceWorker, type DeviceHandle } from '../device/deviceBridge.ts';
import {
  initialDeviceState,
  isOver,
  type DeviceOptions,
  type DeviceState,
  type HeldReason,
  type KnownProblem,
} from '../device/deviceState.ts';
import { createLaterCode, isServerThere } from '../common/laterCode.ts';
import { currentLanguage } from '../common/language.ts';
import type { JoinPage } from './joinPage.ts';
import { parseJoinParameters } from './joinParameters.ts';
import { readRaceResults, writeRaceResult } from './raceMemory.ts';
import { openTabMemory } from './tabMemory.ts';
import { translateDocument } from './translateDocument.ts';

const DEFAULT_BUDGET_BYTES = 4 * 1024 * 1024;
/** Who has nothing to train by then is told so. */
const PATIENCE_MS = 2_000;

declare global {
  interface Window {
    /** For fleets and tests: the newest state of this tab's device. */
    minnow: { state: DeviceState; readonly isSecureContext: boolean };
  }
}

function start(): void {
  const language = currentLanguage();
  translateDocument(language);
  const { parameters, mistakes } = parseJoinParameters(location.search);
  const server = parameters.server || new URL('.', location.href).href.slice(0, -1);
  const memory = openTabMemory(server, parameters.run);
  const remembered = memory.read();
  /** A link leads to no other server without a word. */
  let hasAgreed = new URL(server).origin === location.origin || remembered.hasAgreed;
  const options: DeviceOptions = {
    ...parameters,
    server,
    token: remembered.token,
    budgetBytes: remembered.budgetBytes || parameters.budgetBytes || DEFAULT_BUDGET_BYTES,
    raceResults: readRaceResults(),
    openedAtMs: performance.timeOrigin,
  };
  window.minnow = { state: initialDeviceState(options), isSecureContext };

  let device: DeviceHandle | null = null;
  let page: JoinPage | null = null;
  let frame = 0;
  function show(): void {
    frame = 0;
    page?.show(window.minnow.state);
  }
  /** Parts of this page that are older than what its server has. */
  const olderParts = new Set<string>();
  function setOlder(part: string, isOlder: boolean): void {
    if (isOlder) olderParts.add(part);
    else olderParts.delete(part);
    document.getElementById('older')!.hidden = olderParts.size === 0;
  }
  const actions = { setBudget, setHeld, setOlder, own: () => device?.own };
  // Where the network is gone the device goes on without a page.
  const openPage = createLaterCode(
    async () => {
      const { openJoinPage } = await import('./joinPage.ts');
      page = await openJoinPage(language, server, mistakes, actions);
      show();
    },
    (isOlder) => setOlder('page', isOlder),
  );
  function changed(state: DeviceState): void {
    window.minnow.state = state;
    exposeState(state);
    setOlder('worker', state.lacksCode);
    if (hasMoreToSay(state)) void openPage();
    frame ||= requestAnimationFrame(show);
  }

  const rememberToken = (token: string): void => memory.write({ token });
  function join(): void {
    async function failed(detail: string): Promise<void> {
      const problem = `workerFailed: ${detail}` satisfies KnownProblem;
      changed({ ...window.minnow.state, phase: 'failed', problem });
      setOlder('start', await isServerThere());
    }
    const { budgetBytes } = window.minnow.state;
    try {
      device = startDeviceWorker(
        { ...options, budgetBytes },
        changed,
        rememberToken,
        writeRaceResult,
        failed,
      );
    } catch (error) {
      return void failed(String(error));
    }
    if (remembered.isPaused) device.setPaused(true);
    changed({ ...window.minnow.state, held: '' });
  }
  /** The tab's own wish, unless the person has said otherwise. */
  function setHeld(reason: HeldReason): void {
    const held = memory.read().goesOnAnyway ? '' : reason;
    if (device) device.setHeld(held);
    else if (held === '' && mistakes.length === 0 && hasAgreed) join();
  }
  function setBudget(budgetBytes: number): void {
    memory.write({ budgetBytes });
    if (!device) changed({ ...window.minnow.state, budgetBytes });
    device?.setBudget(budgetBytes);
  }

  onClick('pause', () => {
    const { paused, held } = window.minnow.state;
    if (held === 'otherServer') {
      memory.write({ hasAgreed: true });
      hasAgreed = true;
      join();
    } else if (held && !paused) {
      memory.write({ goesOnAnyway: true });
      setHeld('');
    } else {
      memory.write({ isPaused: !paused });
      device?.setPaused(!paused);
    }
  });
  onClick('leave', () => device?.leave());
  onClick('join-again', () => {
    if (!device || window.minnow.state.problem.startsWith('workerFailed')) return location.reload();
    memory.write({ isPaused: false });
    device.joinAgain();
  });
  setTimeout(() => void openPage(), PATIENCE_MS);

  if (mistakes.length > 0) changed({ ...window.minnow.state, phase: 'failed' });
  else if (!hasAgreed) changed({ ...window.minnow.state, held: 'otherServer' });
  else if (savesData() && !remembered.goesOnAnyway) changed({ ...window.minnow.state, held: 'dataSaver' });
  else join();
}

/** The person has told the browser to fetch no more than it must, so even joining waits for a tap. */
function savesData(): boolean {
  return (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
}

/** More than that this tab is joining, which the page says from the start. */
function hasMoreToSay(state: DeviceState): boolean {
  return state.step > 0 || isOver(state) || state.paused || state.held !== '' || state.problem !== '';
}

function onClick(id: string, act: () => void): void {
  document.getElementById(id)?.addEventListener('click', act);
}

/** The state as attributes of the root element, for whoever watches the page from outside. */
function exposeState(state: DeviceState): void {
  Object.assign(document.documentElement.dataset, {
    state: isOver(state) ? state.phase : state.paused ? 'paused' : state.held ? 'held' : state.phase,
    deviceId: state.deviceId,
    backend: state.backend,
    updates: state.updates,
    version: state.version,
    deviceBytes: state.deviceBytes,
    allocatedBytes: state.allocatedBytes,
    trainedShare: state.trainedShare,
    resumes: state.resumes,
    secureContext: isSecureContext,
  });
}

if (document.documentElement.dataset['state'] !== 'unsupported') start();
