// What to do about a run whose files are damaged: say it in one sentence, or go on without what is lost, which is kept aside.

import { basename, join } from 'node:path';
import { checkpointPath, encodeCheckpoint, listCheckpoints, writeCheckpoint } from './checkpoint.ts';
import { CheckpointError } from './checkpointError.ts';
import { countOf, describeDamage, type Damage } from './damage.ts';
import { openAcknowledged } from './acknowledged.ts';
import type { Disk } from './disk.ts';
import type { FoundRun, RunReplay } from './foundRun.ts';
import { checkpointFolder, journalFolder, type ReadRunJournal } from './runJournal.ts';
import {
  goOnWithLines,
  readRunLines,
  saveSoundLines,
  syncLines,
  type DueLines,
  type ReadLines,
} from './runLines.ts';

/** Null: nothing is damaged. */
export function damagedError(found: FoundRun): CheckpointError | null {
  const all = damagesOf(found);
  const [first, ...more] = all;
  if (first === undefined) return null;
  const others = more.length > 0 ? ` (and ${more.length} more: npm run verify tells)` : '';
  return new CheckpointError(
    'damaged',
    `${describeDamage(first)}${others}. ${atStake(found)}: put the file back from a copy, or go on without: --resume --run ${basename(found.folder)} --accept-loss`,
  );
}

export function damagesOf({ journal, evaluations, steps }: FoundRun): readonly Damage[] {
  const ofJournal = journal?.damages ?? [];
  const lists = [evaluations, steps];
  // Where the journal was cut, lines of what came behind are no damage of their own.
  const surplus = ofJournal.length > 0 ? [] : lists.flatMap((list) => list.surplus ?? []);
  return [...ofJournal, ...lists.flatMap(({ damages }) => damages), ...surplus];
}

function atStake({ journal }: FoundRun): string {
  if (!journal || journal.damages.length === 0)
    return 'No update is lost, but lines that tell of the past are';
  if (journal.lost === null || journal.acknowledged === null)
    return 'How many acknowledged updates are lost cannot be told';
  return `${journal.lost} of ${countOf(journal.acknowledged, 'acknowledged update')} would be lost`;
}

/**
 * Makes what can be read the whole run. All that is damaged, and all that came behind it, is moved to `lost-<n>`. Killed
 * on the way, it begins again with the same loss.
 */
export async function acceptLoss(
  disk: Disk,
  found: FoundRun,
  replay: RunReplay,
): Promise<{ evaluationsRead: ReadLines; stepsRead: ReadLines; notes: readonly string[] }> {
  const { folder, journal, paths, dueEvaluations } = found;
  const aside = newFolder(disk, folder);
  const numDamages = damagesOf(found).length;
  const evaluations = await soundLines(disk, paths.evaluations, dueEvaluations, found.evaluations, aside);
  const steps = await soundLines(disk, paths.metrics, found.dueSteps(), found.steps, aside);
  const isCut = journal !== null && journal.damages.length > 0;
  const state = isCut ? replay.afterLoss() : null;
  // Before the checkpoint nothing is ever replayed again: the lines of what it counts must be on disk before it is.
  const evaluationsRead = await completeLines(disk, paths.evaluations, dueEvaluations, evaluations, (line) =>
    replay.onEvaluation(line),
  );
  const stepsRead = await completeLines(disk, paths.metrics, found.dueSteps(), steps, (line) =>
    replay.onStep(line),
  );
  if (isCut) await cutJournal(disk, folder, journal, { state, updates: replay.numAccepted() }, aside);
  const kept = disk.exists(aside) ? ` What was damaged is kept in ${aside}.` : '';
  return {
    evaluationsRead,
    stepsRead,
    notes: [
      `Loss accepted (${countOf(numDamages, 'damage')}): ${lossOf(journal)}; the run goes on with ${countOf(replay.numAccepted(), 'update')}.${kept}`,
    ],
  };
}

/** Those that belong to the run, on the disk. Where lines are made again, what is made may be another thing now. */
async function soundLines<T extends object>(
  disk: Disk,
  path: string,
  due: DueLines<T>,
  read: ReadLines,
  aside: string,
): Promise<ReadLines> {
  const { damages, surplus, madeAgain } = read;
  await syncLines(disk, path, read);
  const isSound = damages.length === 0 && surplus === null && madeAgain === null;
  return isSound ? read : saveSoundLines(disk, path, due, aside);
}

/** Writes those that a crash kept out, and brings them to the disk. */
async function completeLines<T extends object>(
  disk: Disk,
  path: string,
  due: DueLines<T>,
  read: ReadLines,
  onLine: (line: T) => void,
): Promise<ReadLines> {
  const { lines, written } = goOnWithLines(disk, path, due, read);
  await lines.flush();
  lines.close();
  for (const line of written) onLine(line);
  return readRunLines(disk, path, due, () => {});
}

function lossOf(journal: ReadRunJournal | null): string {
  if (!journal || journal.damages.length === 0) return 'no update is gone, lines that tell of the past are';
  if (journal.lost === null || journal.acknowledged === null)
    return 'how many acknowledged updates are gone cannot be told';
  return `${journal.lost} of ${countOf(journal.acknowledged, 'acknowledged update')} ${journal.lost === 1 ? 'is' : 'are'} gone`;
}

/** In this order: as long as `acknowledged` is as it was, another start finds the same damage. */
async function cutJournal(
  disk: Disk,
  folder: string,
  { next, unreadable }: ReadRunJournal,
  { state, updates }: { readonly state: unknown; readonly updates: number },
  aside: string,
): Promise<void> {
  disk.makePrivateFolder(aside);
  disk.makePrivateFolder(checkpointFolder(folder));
  for (const path of unreadable) disk.rename(path, join(aside, basename(path)));
  await writeCheckpoint(disk, checkpointFolder(folder), next, encodeCheckpoint(state));
  // An older checkpoint needs the journal that goes: the new one stands alone.
  for (const sequence of listCheckpoints(disk, checkpointFolder(folder)))
    if (sequence !== next)
      disk.rename(checkpointPath(checkpointFolder(folder), sequence), join(aside, `${sequence}.checkpoint`));
  if (disk.exists(journalFolder(folder))) disk.rename(journalFolder(folder), join(aside, 'journal'));
  openAcknowledged(disk, folder, { entries: next, updates }).close();
}

function newFolder(disk: Disk, folder: string): string {
  for (let number = 1; ; number++) {
    const path = join(folder, `lost-${number}`);
    if (!disk.exists(path)) return path;
  }
}
