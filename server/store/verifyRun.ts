// Looks through all files of a run's folder and says what they hold, and what of them is damaged, also where nothing is lost
// by it. Changes nothing. Needs neither the run's task nor its data: the journal holds accepted updates alone.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAcknowledged, acknowledgedPath } from './acknowledged.ts';
import { checkpointPath, isCheckpointWhole, listCheckpoints } from './checkpoint.ts';
import type { Damage } from './damage.ts';
import type { RunState } from './replay.ts';
import { findRun, type RunReplay } from './foundRun.ts';
import { readJournal } from './journal.ts';
import { nodeDisk } from './nodeDisk.ts';
import { damagesOf } from './loss.ts';
import { checkpointFolder, journalFolder } from './runJournal.ts';
import { damagedManifests, readManifest } from './runManifest.ts';
import { readLines } from './readLines.ts';
import { listSegments } from './segment.ts';

export interface RunReport {
  readonly run: string;
  readonly task: string;
  readonly strategy: string;
  readonly minnow: string;
  /** Updates accepted, as far as they can be read. */
  readonly updates: number;
  /** Those that devices were told of; null: it cannot be told. */
  readonly acknowledged: number | null;
  /** How many of them are lost; null: it cannot be told. */
  readonly lost: number | null;
  /** Newest version of which there is a line. */
  readonly version: number;
  readonly evaluations: number;
  readonly devices: number;
  /** Journal entries in the life of the run. */
  readonly entries: number;
  readonly segments: number;
  /** First entry after the newest whole checkpoint; null: there is none. */
  readonly checkpoint: number | null;
  readonly checkpoints: number;
  readonly damages: readonly Damage[];
}

/** Throws CheckpointError where the manifest cannot be read, RangeError where there is no run. */
export function verifyRun(folder: string): RunReport {
  const manifest = readManifest(folder);
  if (manifest === null) throw new RangeError(`there is no run in ${folder}`);
  const count = countingReplay();
  const found = findRun(nodeDisk, folder, count.replay);
  const { journal, steps, evaluations } = found;
  const checkpoints = listCheckpoints(nodeDisk, checkpointFolder(folder));
  return {
    run: manifest.config.id,
    task: manifest.config.task,
    strategy: manifest.config.strategy.name,
    minnow: manifest.minnow,
    updates: count.replay.numAccepted(),
    acknowledged: journal ? journal.acknowledged : 0,
    lost: journal ? journal.lost : 0,
    version: steps.numLines,
    evaluations: evaluations.numLines,
    devices: count.devices.size,
    entries: journal?.next ?? 0,
    segments: listSegments(nodeDisk, journalFolder(folder)).length,
    checkpoint: journal && journal.checkpoint > 0 ? journal.checkpoint : null,
    checkpoints: checkpoints.length,
    damages: uniqueDamages([
      ...damagesOf(found),
      ...[steps, evaluations].flatMap(({ madeAgain }) => madeAgain ?? []),
      ...damagedManifests(folder),
      ...harmlessDamages(folder, checkpoints),
      ...derivedDamages(folder),
    ]),
  };
}

/** What a start gets by without: older journal, other checkpoints, one of two lines. */
function harmlessDamages(folder: string, checkpoints: readonly number[]): Damage[] {
  const damages: Damage[] = [];
  const { isPartlyDamaged } = readAcknowledged(nodeDisk, folder);
  if (isPartlyDamaged)
    damages.push({ path: acknowledgedPath(folder), place: 'one of its two lines', what: 'is damaged' });
  for (const sequence of checkpoints)
    if (!isCheckpointWhole(nodeDisk, checkpointFolder(folder), sequence))
      damages.push({
        path: checkpointPath(checkpointFolder(folder), sequence),
        place: null,
        what: 'is damaged',
      });
  const [oldest] = listSegments(nodeDisk, journalFolder(folder));
  if (oldest === undefined) return damages;
  const entries = readJournal(nodeDisk, journalFolder(folder), oldest.firstSequence);
  let step = entries.next();
  while (!step.done) step = entries.next();
  const { value } = readAcknowledged(nodeDisk, folder);
  if (step.value.damage && value && step.value.next < value.entries) damages.push(step.value.damage);
  return damages;
}

/** Files for people, which the next start or end writes anew. */
function derivedDamages(folder: string): Damage[] {
  const damages: Damage[] = [];
  const settings = join(folder, 'settings.json');
  if (existsSync(settings) && !isJson(readFileSync(settings, 'utf8')))
    damages.push({ path: settings, place: null, what: 'is damaged' });
  const devices = join(folder, 'devices.jsonl');
  let lineNumber = 0;
  for (const line of readLines(nodeDisk, devices)) {
    lineNumber++;
    if (!isJson(line.toString('utf8')))
      damages.push({ path: devices, place: `line ${lineNumber}`, what: 'is damaged' });
  }
  return damages;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function uniqueDamages(damages: readonly Damage[]): Damage[] {
  return [...new Map(damages.map((damage) => [`${damage.path} ${damage.place}`, damage])).values()];
}

/** Counts what a coordinator would make of the journal. */
function countingReplay(): { readonly replay: RunReplay; readonly devices: ReadonlySet<string> } {
  const devices = new Set<string>();
  let version = 0;
  let [accepted, kept, evaluated] = [0, 0, 0];
  const replay: RunReplay = {
    begin(state) {
      if (state === null) return;
      const { snapshot, ledger } = state as RunState;
      const plain = JSON.parse(snapshot.json) as { readonly version: number; readonly accepted: number };
      ({ version, accepted } = plain);
      kept = ledger.evaluations;
      for (const deviceId of ledger.devices.keys()) devices.add(deviceId);
    },
    apply(entry) {
      if (entry.kind === 'updateReceived') accepted++;
      if (entry.kind === 'evaluated') evaluated++;
      if (entry.kind === 'deviceJoined') devices.add(entry.deviceId);
    },
    numAccepted: () => accepted,
    dueEvaluations: () => ({ least: kept, replayed: [], most: kept + evaluated }),
    dueSteps: () => ({
      least: version,
      replayed: [],
      most: Infinity,
      indexOf: (line) => line.version - 1,
    }),
    onEvaluation() {},
    onStep() {},
    afterLoss: () => null,
  };
  return { replay, devices };
}
