// When a device may have its next assignment. Fast ones keep the run's tempo, whatever they do themselves; those whose
// assignments bring nothing wait longer each time, and come last where places are short. Knows nothing of who else waits.

import type { RunConfig } from './config.ts';
import type { CoordinatorState, DeviceRecord, OpenAssignment } from './state.ts';

/** Devices keep the tempo by clocks of their own. */
const TEMPO_SHARE = 0.95;
const FIRST_REST_MS = 250;
const LONGEST_REST_MS = 10_000;
/** Futile assignments in a row that cost no rest, and that do not make a device silent: they happen to honest ones. */
const WITHOUT_REST = 5;
const NOT_SILENT = 1;

/** An assignment is over: the next one comes no sooner than the tempo allows. */
export function keepTempo(
  device: DeviceRecord,
  { tempoMs = 0 }: RunConfig,
  { issuedAtMs }: Pick<OpenAssignment, 'issuedAtMs'>,
): void {
  device.notBeforeMs = Math.max(device.notBeforeMs, issuedAtMs + Math.floor(TEMPO_SHARE * tempoMs));
}

/** It brought nothing that counts. */
export function noteFutile({ nowMs }: CoordinatorState, device: DeviceRecord): void {
  device.futile++;
  const doublings = device.futile - WITHOUT_REST - 1;
  if (doublings < 0) return;
  const restMs = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** Math.min(doublings, 30));
  device.notBeforeMs = Math.max(device.notBeforeMs, nowMs + restMs);
}

/** Whether others go first: again and again nothing has come of what it was given. */
export function isSilent({ futile }: DeviceRecord): boolean {
  return futile > NOT_SILENT;
}
