// `config.json` of a run's folder: all that must be the same for the run to go on. Without it the rest is worth nothing, so
// that there is a copy of it. Knows nothing of servers.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { DealingPlan } from '../../shared/tasks/task.ts';
import { resolveKeptRun, type RunConfig } from '../../shared/federation/config.ts';
import { runSettingsOf, withSettings } from '../../shared/federation/settings.ts';
import { MINNOW_VERSION } from './version.ts';
import { CheckpointError } from './checkpointError.ts';
import type { Damage } from './damage.ts';
import { namesIn } from './namesIn.ts';
import { nodeDisk } from './nodeDisk.ts';
import { makePrivateFolder, syncFolderNow } from './privateFiles.ts';
import { replaceFile } from './replaceFile.ts';
import { sealDocument, unsealDocument } from './seal.ts';

const TOLD_CONFLICTS = 3;
const SAFE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * Of the folder as a whole; raised whenever an older version would misread it, or a newer one what an older one wrote.
 * 1: until December 2026. 2: with checksums, `acknowledged` and evaluations in the journal.
 */
const FORMAT = 2;

export interface RunManifest {
  readonly format: typeof FORMAT;
  /** Version of Minnow that began the run. */
  readonly minnow: string;
  readonly config: RunConfig;
  readonly data: DealingPlan;
  /** Where the run trains a task of somebody's own: the task file and what it said when the run began. */
  readonly taskFile?: {
    readonly path: string;
    readonly content: object;
    /** Of model and weights, where the task file names a file of them. */
    readonly modelSha256?: string;
  };
  /** Where its strategy is code: the file. What it said is in the strategy, as a hash. */
  readonly strategyFile?: string;
  /** Where it goes side by side with others: the ids of all of them, in their order. */
  readonly beside?: readonly string[];
}

/** The folder of a run. Throws RangeError for an id that makes no good folder name. */
export function runFolder(runsFolder: string, id: string): string {
  if (SAFE_ID.test(id)) return join(runsFolder, id);
  throw new RangeError(`run must be 1-64 letters, digits, dots, dashes or underscores, got "${id}"`);
}

/**
 * The manifest in the folder, or null when no run is kept there. Throws CheckpointError `damaged` or `format` where it
 * cannot be read.
 */
export function readManifest(folder: string): RunManifest | null {
  const paths = manifestPaths(folder);
  const texts = paths.map((path) => (existsSync(path) ? readFileSync(path, 'utf8') : null));
  for (const text of texts) {
    const manifest = text === null ? null : (unsealDocument(text) as RunManifest | null);
    if (manifest !== null) return resolved(checkedFormat(folder, manifest.format, manifest.minnow, manifest));
  }
  const older = texts.map(formatOf).find((format) => format === 1);
  if (older !== undefined) return checkedFormat(folder, older, 'one older than December 2026', null);
  if (texts.every((text) => text === null) && !holdsRun(folder)) return null;
  const what = texts.every((text) => text === null) ? 'is missing' : 'is damaged, and so is its copy';
  throw new CheckpointError(
    'damaged',
    `${paths[0]} ${what}: without it the run in ${folder} cannot go on. Put it back from a copy, or choose another run with --run`,
  );
}

/** Of the manifest and its copy, those that are not what was written. */
export function damagedManifests(folder: string): readonly Damage[] {
  return manifestPaths(folder).flatMap((path): Damage[] => {
    if (!existsSync(path)) return [{ path, place: null, what: 'is missing' }];
    return unsealDocument(readFileSync(path, 'utf8')) === null
      ? [{ path, place: null, what: 'is damaged' }]
      : [];
  });
}

function manifestPaths(folder: string): readonly string[] {
  return [join(folder, 'config.json'), join(folder, 'config.json.copy')];
}

/** Journal or checkpoints: more than an empty folder. */
export function holdsRun(folder: string): boolean {
  return ['journal', 'checkpoints'].some((name) => namesIn(join(folder, name)).length > 0);
}

/** One that an older version wrote lacks what was not said. */
function resolved(manifest: RunManifest): RunManifest {
  return { ...manifest, config: resolveKeptRun(manifest.config) };
}

function checkedFormat<T>(folder: string, format: number, minnow: string, manifest: T): T {
  if (format === FORMAT) return manifest;
  throw new CheckpointError(
    'format',
    `${folder} holds a run of format ${format}, and this version reads format ${FORMAT}: go on with the Minnow that wrote it (${minnow}), or choose another run with --run`,
  );
}

function formatOf(text: string | null): number | undefined {
  try {
    return (JSON.parse(text ?? '{}') as { readonly format?: number }).format;
  } catch {
    return undefined;
  }
}

/**
 * Writes the manifest of a new run; for a known run, throws CheckpointError `conflict` unless it is the same. What is
 * missing or damaged of it and its copy is written again. Returns what is to be told of that, a sentence each.
 */
export function claimFolder(
  folder: string,
  wanted: Omit<RunManifest, 'format' | 'minnow'>,
): readonly string[] {
  const kept = readManifest(folder);
  if (kept !== null) expectSame(folder, kept, wanted);
  const manifest = kept ?? { format: FORMAT, minnow: MINNOW_VERSION, ...wanted };
  makePrivateFolder(folder);
  const broken = damagedManifests(folder).map(({ path }) => path);
  for (const path of broken) replaceFile(nodeDisk, path, sealDocument(manifest));
  if (kept === null) syncFolderNow(dirname(folder));
  return kept === null
    ? []
    : broken.map((path) => `${path} was damaged or missing: it is written again from its copy.`);
}

function expectSame(
  folder: string,
  { format: _format, minnow: _minnow, strategyFile: _kept, ...kept }: RunManifest,
  { strategyFile: _wanted, ...wanted }: Omit<RunManifest, 'format' | 'minnow'>,
): void {
  const conflicts = differences(kept, JSON.parse(JSON.stringify(wanted)), '');
  if (conflicts.length === 0) return;
  const more = conflicts.length > TOLD_CONFLICTS ? `; and ${conflicts.length - TOLD_CONFLICTS} more` : '';
  throw new CheckpointError(
    'conflict',
    `${folder} holds another run: ${conflicts.slice(0, TOLD_CONFLICTS).join('; ')}${more}. ${remedyOf(kept, wanted)}`,
  );
}

/** A run that differs in nothing but what may change while it goes on need not be another one. */
function remedyOf(
  { config: kept }: Pick<RunManifest, 'config'>,
  { config }: Pick<RunManifest, 'config'>,
): string {
  const asBegun = withSettings(config, runSettingsOf(kept));
  return isDeepStrictEqual(asBegun, kept)
    ? 'Go on with it without these flags, and change its settings on the dashboard; or choose another run id'
    : 'Choose another run id, or remove the folder';
}

/** `path: kept, asked for` for each leaf in which two JSON values differ. */
function differences(kept: unknown, asked: unknown, path: string): string[] {
  if (isDeepStrictEqual(kept, asked)) return [];
  if (!isRecord(kept) || !isRecord(asked)) {
    return [`${path} is ${JSON.stringify(kept)}, not ${JSON.stringify(asked)}`];
  }
  const keys = new Set([...Object.keys(kept), ...Object.keys(asked)]);
  return [...keys].flatMap((key) => differences(kept[key], asked[key], path === '' ? key : `${path}.${key}`));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
