// Entry of the join page: reads the address, starts the device, shows it. Joins on load with no question asked.

import '../device/olderBrowsers.ts';
import { startDeviceWorker } from '../device/deviceBridge.ts';
import { initialDeviceState, type DeviceOptions, type DeviceState } from '../device/deviceState.ts';
import { openJoinPage } from './joinPage.ts';
import { parseJoinParameters } from './joinParameters.ts';
import { readRaceResults, writeRaceResult } from './raceMemory.ts';
import { openTabMemory } from './tabMemory.ts';

const DEFAULT_BUDGET_BYTES = 4 * 1024 * 1024;

declare global {
  interface Window {
    /** For fleets and tests: the newest state of this tab's device. */
    minnow: { state: DeviceState; readonly isSecureContext: boolean };
  }
}

function start(): void {
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

  let frame = 0;
  function show(): void {
    frame = 0;
    page.show(window.minnow.state);
  }
  function changed(state: DeviceState): void {
    window.minnow.state = state;
    exposeState(state);
    frame ||= requestAnimationFrame(show);
  }
  const page = openJoinPage(
    {
      setPaused: (isPaused) => device?.setPaused(isPaused),
      setBudget(budgetBytes) {
        memory.write({ budgetBytes });
        device?.setBudget(budgetBytes);
      },
      leave: () => device?.leave(),
      joinAgain: () => device?.joinAgain(),
    },
    problems.length > 0
      ? ['The address of this page has a mistake in it, so this tab has not joined.', ...problems]
      : [],
  );
  const failed = (problem: string): void => changed({ ...window.minnow.state, phase: 'failed', problem });
  const device =
    problems.length > 0
      ? null
      : startDeviceWorker(options, changed, (token) => memory.write({ token }), writeRaceResult, failed);
  changed(device ? window.minnow.state : { ...window.minnow.state, phase: 'failed' });
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
