// What to do about a run whose files are damaged: say it in one sentence, or go on without what is lost, which is kept aside.

import { basename, join } from 'node:path';
import { checkpointPath, encodeCheckpoint, listCheckpoints, writeCheckpoint } from './checkpoint.ts';
import { CheckpointError } from './checkpointError.ts';
import { countOf, describeDamage, type Damage } from './damage.ts';
import { openAcknowledged } from './acknowledged.ts';
import type { Disk } from './disk.ts';
import type { FoundRun, RunReplay } from './foundRun.ts';
import { checkpointFolder, journalFolder, type ReadRunJournal } from './runJournal.ts';
import { saveSoundLines, syncLines, type ReadLines } from './runLines.ts';

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
  const { folder, journal, paths, dueEvaluations, dueSteps } = found;
  const aside = newFolder(disk, folder);
  const numDamages = damagesOf(found).length;
  await syncLines(disk, paths.evaluations, found.evaluations);
  await syncLines(disk, paths.metrics, found.steps);
  if (journal && journal.damages.length > 0) await cutJournal(disk, folder, journal, replay, aside);
  const evaluationsRead = isUnsound(found.evaluations)
    ? await saveSoundLines(disk, paths.evaluations, dueEvaluations, aside)
    : found.evaluations;
  const stepsRead = isUnsound(found.steps)
    ? await saveSoundLines(disk, paths.metrics, dueSteps, aside)
    : found.steps;
  const kept = disk.exists(aside) ? ` What was damaged is kept in ${aside}.` : '';
  return {
    evaluationsRead,
    stepsRead,
    notes: [
      `Loss accepted (${countOf(numDamages, 'damage')}): ${lossOf(journal)}; the run goes on with ${countOf(replay.numAccepted(), 'update')}.${kept}`,
    ],
  };
}

/** Where lines are made again, what is made may be another thing now. */
function isUnsound({ damages, surplus, madeAgain }: ReadLines): boolean {
  return damages.length > 0 || surplus !== null || madeAgain !== null;
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
  replay: RunReplay,
  aside: string,
): Promise<void> {
  disk.makePrivateFolder(aside);
  disk.makePrivateFolder(checkpointFolder(folder));
  for (const path of unreadable) disk.rename(path, join(aside, basename(path)));
  await writeCheckpoint(disk, checkpointFolder(folder), next, encodeCheckpoint(replay.afterLoss()));
  // An older checkpoint needs the journal that goes: the new one stands alone.
  for (const sequence of listCheckpoints(disk, checkpointFolder(folder)))
    if (sequence !== next)
      disk.rename(checkpointPath(checkpointFolder(folder), sequence), join(aside, `${sequence}.checkpoint`));
  if (disk.exists(journalFolder(folder))) disk.rename(journalFolder(folder), join(aside, 'journal'));
  openAcknowledged(disk, folder, { entries: next, updates: replay.numAccepted() }).close();
}

function newFolder(disk: Disk, folder: string): string {
  for (let number = 1; ; number++) {
    const path = join(folder, `lost-${number}`);
    if (!disk.exists(path)) return path;
  }
}
