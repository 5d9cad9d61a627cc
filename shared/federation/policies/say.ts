// Who has a say in what all train under `weakest`. Pure.
//
//   heard     its updates under this budget are taken in, the newest not long ago
//   voices    those who are heard; before anybody is, as at the start of a run, all who are here
//   weakest   the smallest budget among them, the smallest fiftieth of them aside
//
// So nobody narrows the others by a claim alone, nor for longer than it works, and one in a hundred does not at all. Ours.

import type { DeviceRecord } from '../state.ts';

/** Accepted updates of its own that give a device a say. */
const HEARD_FROM = 1;
/** A device that has sent nothing while each device here sent so many updates, by the mean, is heard no more. */
const SILENT_AFTER = 30;
/** Devices with the smallest budgets that have no say, as a share. */
const TOO_WEAK_SHARE = 0.02;

export type Voter = Pick<DeviceRecord, 'budgetBytes' | 'updatesInBudget' | 'acceptedAt'>;

/** `accepted`: updates that the run has taken in; `numPresent`: devices that are here. */
export function isHeard(
  { updatesInBudget, acceptedAt }: Voter,
  accepted: number,
  numPresent: number,
): boolean {
  return updatesInBudget >= HEARD_FROM && accepted - acceptedAt <= SILENT_AFTER * numPresent;
}

/** The budgets that count, of those who are here and may have a say at all. */
export function budgetsWithSay(voters: readonly Voter[], accepted: number, numPresent: number): number[] {
  const heard = voters.filter((voter) => isHeard(voter, accepted, numPresent));
  const voices = heard.length > 0 ? heard : voters;
  const budgets = voices.map(({ budgetBytes }) => budgetBytes).sort((a, b) => a - b);
  return budgets.slice(Math.floor(TOO_WEAK_SHARE * budgets.length));
}
