// What is written down of a rehearsed lesson, and what of it is not as it should be. Pure; knows nothing of browsers.

import type { RefusalCode } from '../../shared/contract/messages.ts';
import type { RunStatus } from '../../shared/contract/status.ts';
import type { Mishap } from './lesson.ts';

/** One tab's lesson, as the tab itself tells it. */
export interface PupilRecord {
  readonly name: string;
  readonly mishap: Mishap['kind'];
  /** Null before it came. */
  isSecureContext: boolean | null;
  /** When it opened the page, since the lesson began; -1 before. */
  joinedAtMs: number;
  /** -1 where it never trained. */
  joinToFirstStepMs: number;
  /** As read at the first step, after the mishap and at the end. */
  readonly deviceIds: string[];
  /** Whether the server held it back: after the command, after the mishap and at the end. */
  readonly isSlowed: boolean[];
  /** Local steps were seen after the mishap. */
  trainedAgain: boolean;
  /** Sessions resumed since the page was last loaded. */
  resumes: number;
  /** Accepted updates by its own count; where it reloaded, those since, and what the server had counted before. */
  updates: number;
  /** Crashes, errors, and what it was waited for in vain. */
  readonly failures: string[];
}

export interface LessonRecord {
  readonly pupils: readonly PupilRecord[];
  /** The address is plain http under a name. */
  readonly isInsecure: boolean;
  readonly numSlowedExpected: number;
  readonly before: RunStatus;
  readonly after: RunStatus;
}

/** Taken in between the count before a reload and the end of the page, which takes a busy machine seconds. */
const UNSEEN_BY_A_RELOAD = 4;
/** These say nothing of whose session it was; `superseded`: a reload was faster than the end of the connection before it. */
const HARMLESS: readonly string[] = ['stale', 'leaseExpired', 'superseded'] satisfies RefusalCode[];

/** One sentence for each thing that is not as it should be. */
export function findProblems(record: LessonRecord): string[] {
  return [...record.pupils.flatMap((pupil) => problemsOf(pupil, record)), ...problemsOfAll(record)];
}

function problemsOf(pupil: PupilRecord, { isInsecure, after }: LessonRecord): string[] {
  const { name, mishap, deviceIds, updates } = pupil;
  const problems = pupil.failures.map((failure) => `${name}: ${failure}.`);
  const [first, ...later] = deviceIds;
  if (first === undefined || pupil.joinToFirstStepMs < 0) return [...problems, `${name} never trained.`];
  if (pupil.isSecureContext === isInsecure)
    problems.push(`${name} was to be in ${isInsecure ? 'an insecure' : 'a secure'} context, and was not.`);
  for (const id of new Set(later))
    if (id !== first) problems.push(`${name} was device ${first} and became ${id}.`);
  if (mishap !== 'none' && !pupil.trainedAgain)
    problems.push(`${name} did not train again after its ${mishap}.`);
  if (mishap === 'reload' && pupil.resumes === 0)
    problems.push(`${name} did not resume its session after its reload.`);
  if (new Set(pupil.isSlowed).size > 1)
    problems.push(`${name} lost its pace: slowed, in turn, ${pupil.isSlowed.join(', ')}.`);

  const device = after.devices.find(({ deviceId }) => deviceId === first);
  if (!device) return [...problems, `${name} is device ${first}, which the server does not know.`];
  if (device.name !== name)
    problems.push(`${name} is device ${first}, which the server calls "${device.name}".`);
  if (!device.connected) problems.push(`${name} is not connected at the end.`);
  if (updates === 0 && device.updates === 0) problems.push(`${name} never had an update accepted.`);
  const most = updates + (mishap === 'reload' ? UNSEEN_BY_A_RELOAD : 0);
  if (device.updates < updates || device.updates > most)
    problems.push(
      `${name} handed in ${updates} updates, and the server counts ${device.updates} of its device.`,
    );
  return problems;
}

function problemsOfAll({ pupils, numSlowedExpected, before, after }: LessonRecord): string[] {
  const problems: string[] = [];
  const known = new Set(before.devices.map(({ deviceId }) => deviceId));
  const names = new Set(pupils.map(({ name }) => name));
  const ours = after.devices.filter(({ deviceId, name }) => !known.has(deviceId) && names.has(name));
  if (ours.length !== pupils.length)
    problems.push(`${pupils.length} tabs came, and the server has ${ours.length} devices of them.`);
  for (const { name, deviceIds } of pupils) {
    const twins = pupils.filter(
      (other) => other.name !== name && deviceIds.some((id) => other.deviceIds.includes(id)),
    );
    if (twins.length > 0)
      problems.push(`${name} shares its device with ${twins.map((twin) => twin.name).join(', ')}.`);
  }
  const counted = after.devices.reduce((sum, { updates }) => sum + updates, 0);
  if (counted !== after.accepted)
    problems.push(`The server took in ${after.accepted} updates, and counts ${counted} of its devices.`);
  const numSlowed = pupils.filter(({ isSlowed }) => isSlowed.at(-1)).length;
  if (numSlowed !== numSlowedExpected)
    problems.push(`${numSlowedExpected} devices were to be held back, and ${numSlowed} were.`);
  for (const [code, count] of Object.entries(after.refusals)) {
    const more = count - (before.refusals[code as RefusalCode] ?? 0);
    if (more > 0 && !HARMLESS.includes(code))
      problems.push(`The server refused ${more} messages as "${code}".`);
  }
  return problems;
}

/** The least value that `share` of the values do not exceed; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
