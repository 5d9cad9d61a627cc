// The experiments that come with the project can work, and take no longer than they say.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseWorld } from '../../shared/simulate/world.ts';
import { createTaskOpener } from '../data/openTask.ts';
import { cellsFrom, cellsOf, type Cell } from './cells.ts';
import { parseExperiment, quickOf } from './experimentFile.ts';
import type { Experiment } from './experimentSchema.ts';
import { projectSeconds } from './runCells.ts';
import { tuningSketches } from './tuning.ts';

const FOLDER = new URL('../../experiments/', import.meta.url);
const NAMES = readdirSync(FOLDER).filter(
  (name) => name.endsWith('.json') && readFileSync(new URL(name, FOLDER), 'utf8').includes('"configs"'),
);
const HOUR = 3600;

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));
}

/** Of one key one simulation. */
async function simulationsOf(experiment: Experiment): Promise<Cell[]> {
  const world = parseWorld(readJson(experiment.world));
  const open = createTaskOpener('');
  const tuning = await cellsFrom(tuningSketches(experiment), world, '', open);
  const cells = await cellsOf(experiment, world, '', open);
  return [...new Map([...tuning, ...cells].map((cell) => [cell.key, cell])).values()];
}

test.each(NAMES)('%s', async (name) => {
  const experiment = parseExperiment(readJson(name));
  const [whole, quick] = [await simulationsOf(experiment), await simulationsOf(quickOf(experiment))];
  expect(quick.length).toBeGreaterThan(0);
  expect(quick.length).toBeLessThanOrEqual(whole.length);
  // What ends at a target, and not by updates, has a bound and no estimate.
  const isForeseen = experiment.kind === 'simulated' && !whole.some(({ input }) => input.stop.untilTarget);
  if (!isForeseen) return;
  expect(projectSeconds(whole, 2)).toBeLessThan(HOUR);
  expect(projectSeconds(quick, 2)).toBeLessThan(HOUR / 6);
});
