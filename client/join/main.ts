// Entry of the join page: reads the address, starts the device, hands its state on. Joins on load with no question asked.
// What is here is fetched before the first local step; what shows the state comes with that step (joinPage.ts).

import '../device/olderBrowsers.ts';
import { startDeviceWorker } from '../device/deviceBridge.ts';
import { initialDeviceState, type DeviceOptions, type DeviceState } from '../device/deviceState.ts';
import { currentLanguage } from '../language.ts';
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
  const { parameters, problems } = parseJoinParameters(location.search);
  const server = parameters.server || location.origin;
  const memory = openTabMemory(server, parameters.run);
  const remembered = memory.read();
  const options: DeviceOptions = {
    ...parameters,
    server,
    token: remembered.token,
    budgetBytes: remembered.budgetBytes || parameters.budgetBytes || DEFAULT_BUDGET_BYTES,
    raceResults: readRaceResults(),
    openedAtMs: performance.timeOrigin,
  };
  window.minnow = { state: initialDeviceState(options), isSecureContext };

  let page: JoinPage | null = null;
  let isOpening = false;
  let frame = 0;
  function show(): void {
    frame = 0;
    page?.show(window.minnow.state);
  }
  async function openPage(): Promise<void> {
    if (isOpening) return;
    isOpening = true;
    try {
      const { openJoinPage } = await import('./joinPage.ts');
      page = await openJoinPage(language, problems, (budgetBytes) => {
        memory.write({ budgetBytes });
        device?.setBudget(budgetBytes);
      });
      show();
    } catch (error) {
      // The network is gone: the device goes on, and the next change of its state tries again.
      console.warn(error);
      isOpening = false;
    }
  }
  function changed(state: DeviceState): void {
    window.minnow.state = state;
    exposeState(state);
    if (hasMoreToSay(state)) void openPage();
    frame ||= requestAnimationFrame(show);
  }
  onClick('pause', () => device?.setPaused(!window.minnow.state.paused));
  onClick('leave', () => device?.leave());
  onClick('join-again', () => device?.joinAgain());
  setTimeout(() => void openPage(), PATIENCE_MS);

  const failed = (problem: string): void => changed({ ...window.minnow.state, phase: 'failed', problem });
  const device =
    problems.length > 0
      ? null
      : startDeviceWorker(options, changed, (token) => memory.write({ token }), writeRaceResult, failed);
  changed(device ? window.minnow.state : { ...window.minnow.state, phase: 'failed' });
}

/** More than that this tab is joining, which the page says from the start. */
function hasMoreToSay({ phase, step, paused, problem }: DeviceState): boolean {
  const isJoining = phase === 'connecting' || phase === 'waiting' || phase === 'training';
  return step > 0 || !isJoining || paused || problem !== '';
}

function onClick(id: string, act: () => void): void {
  document.getElementById(id)?.addEventListener('click', act);
}

/** The state as attributes of the root element, for whoever watches the page from outside. */
function exposeState(state: DeviceState): void {
  Object.assign(document.documentElement.dataset, {
    state: state.paused ? 'paused' : state.phase,
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
