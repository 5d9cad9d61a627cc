// `config.json` of a run's folder: all that must be the same for the run to go on. Knows nothing of servers.

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { DealingPlan } from '../../shared/tasks/task.ts';
import type { RunConfig } from '../federation/config.ts';
import { CheckpointError } from './checkpointError.ts';

const TOLD_CONFLICTS = 3;
const SAFE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export interface RunManifest {
  readonly format: 1;
  readonly config: RunConfig;
  readonly data: DealingPlan;
  /** Where the run trains a task of somebody's own: the task file and what it said when the run began. */
  readonly taskFile?: { readonly path: string; readonly content: object };
  /** Where it goes side by side with others: the ids of all of them, in their order. */
  readonly beside?: readonly string[];
}

/** The folder of a run. Throws RangeError for an id that makes no good folder name. */
export function runFolder(runsFolder: string, id: string): string {
  if (SAFE_ID.test(id)) return join(runsFolder, id);
  throw new RangeError(`run must be 1-64 letters, digits, dots, dashes or underscores, got "${id}"`);
}

/** The manifest in the folder, or null when no run is kept there. */
export function readManifest(folder: string): RunManifest | null {
  const path = join(folder, 'config.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as RunManifest) : null;
}

/** Writes the manifest of a new run; for a known run, throws CheckpointError `conflict` unless it is the same. */
export function claimFolder(folder: string, manifest: RunManifest): void {
  const kept = readManifest(folder);
  if (kept === null) {
    mkdirSync(folder, { recursive: true });
    // Beside, then renamed: a server killed here leaves the manifest whole or none.
    const path = join(folder, 'config.json');
    writeFileSync(`${path}.part`, `${JSON.stringify(manifest, null, 2)}\n`);
    renameSync(`${path}.part`, path);
    return;
  }
  const conflicts = differences(kept, JSON.parse(JSON.stringify(manifest)), '');
  if (conflicts.length === 0) return;
  const more = conflicts.length > TOLD_CONFLICTS ? `; and ${conflicts.length - TOLD_CONFLICTS} more` : '';
  throw new CheckpointError(
    'conflict',
    `${folder} holds another run: ${conflicts.slice(0, TOLD_CONFLICTS).join('; ')}${more}. Choose another run id, or remove the folder`,
  );
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
