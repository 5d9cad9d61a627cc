// What tests assert on: the server's status, polled until it shows what is waited for.

import type { DeviceStatus, RunStatus, ServerStatus } from '../../shared/contract/status.ts';

const POLL_MS = 40;

/** The first run of the server at `url`. */
export async function statusOf(url: string): Promise<RunStatus> {
  const answer = await fetch(`${url}/api/status`);
  return ((await answer.json()) as ServerStatus).runs[0]!;
}

/**
 * Polls until `isReached` holds and returns that status; each status on the way goes to `watch`. A server that cannot
 * be reached counts as not yet. The test's own time limit ends it, naming `what` came last.
 */
export async function untilStatus(
  url: string,
  isReached: (run: RunStatus) => boolean,
  watch: (run: RunStatus) => void = () => {},
): Promise<RunStatus> {
  for (;;) {
    const run = await statusOf(url).catch(() => null);
    if (run) {
      watch(run);
      if (isReached(run)) return run;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** The device of that name; throws where there is not exactly one. */
export function deviceNamed(run: RunStatus, name: string): DeviceStatus {
  const devices = run.devices.filter((device) => device.name === name);
  if (devices.length !== 1) throw new Error(`expected one device named ${name}, got ${devices.length}`);
  return devices[0]!;
}
