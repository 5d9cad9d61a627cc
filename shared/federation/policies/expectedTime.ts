// How long an assignment may keep its place among those that are out, before its device counts as silent. Pure.
//
// It is a guess, so little hangs on it: the lease runs on, and an update that comes after all counts as ever. What ends is that
// others wait for it.

import { median } from './median.ts';

/** Times what a device took itself: its next one may take longer. */
const OWN_SLACK = 4;
/** Times the fleet's median, for devices of which nothing is known: some are much slower than most. */
const FLEET_SLACK = 10;
/** Where nothing is known of anybody. */
const UNKNOWN_MS = 60_000;
const LEAST_MS = 15_000;
/** A cohort is not stepped without those who are slow: there it takes longer to be taken for silent. */
const COHORT_SLACK = 4;
const REMEMBERED_TURNS = 31;

export interface ExpectedTime {
  /** What the device itself has needed; 0: unknown. */
  readonly ownMs: number;
  /** What the newest assignments of the fleet have taken. */
  readonly fleetMs: readonly number[];
  readonly tempoMs: number;
  readonly isCohort: boolean;
  /** No assignment lasts longer. */
  readonly leaseMs: number;
}

export function placeMs({ ownMs, fleetMs, tempoMs, isCohort, leaseMs }: ExpectedTime): number {
  const guessMs =
    ownMs > 0 ? OWN_SLACK * ownMs : fleetMs.length > 0 ? FLEET_SLACK * median(fleetMs) : UNKNOWN_MS;
  const patientMs = Math.max(LEAST_MS, guessMs, OWN_SLACK * tempoMs) * (isCohort ? COHORT_SLACK : 1);
  return Math.min(leaseMs, Math.ceil(patientMs));
}

/** What the device is taken to need, after another turn: the longer ones of late count. */
export function ownTime(ownMs: number, turnMs: number): number {
  return Math.max(turnMs, ownMs / 2);
}

export function pushTurn(fleetMs: readonly number[], turnMs: number): readonly number[] {
  return [...fleetMs, turnMs].slice(-REMEMBERED_TURNS);
}
