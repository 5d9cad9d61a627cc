// The cells of an experiment: one simulation for each configuration and seed, each known by the hash of all that decides its
// figures. Pure but for reading sources.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSimulationConfig, type SimulationConfig } from '../simulate/simulationConfig.ts';
import type { World } from '../simulate/world.ts';
import { merge, type Experiment } from './experimentFile.ts';

export interface Cell {
  /** Of the configuration, without the code's version. */
  readonly configKey: string;
  /** Of both. */
  readonly key: string;
  /** Name of the experiment's configuration. */
  readonly config: string;
  readonly seed: number;
  readonly input: SimulationConfig;
}

/** What decides the figures of a simulation, its configuration and data aside. */
const SOURCES = ['shared', 'server'];
const DECIDING =
  /^(shared\/(engine|localWork|protocol|tasks)|server\/(data|evaluate|federation|search|selection|simulate))\//;

/** By seed, then by configuration, so that what is compared is there early. Throws as `parseSimulationConfig` does. */
export function cellsOf(experiment: Experiment, world: World, codeVersion: string): Cell[] {
  return experiment.seeds.flatMap((seed) =>
    experiment.configs.map(({ name, change }): Cell => {
      let input: SimulationConfig;
      try {
        input = parseSimulationConfig({ ...merge(experiment.base, change), seed, world });
      } catch (error) {
        throw new TypeError(`${name}: ${(error as Error).message}`, { cause: error });
      }
      const configKey = hash(JSON.stringify(input));
      return { configKey, key: hash(`${configKey} ${codeVersion}`), config: name, seed, input };
    }),
  );
}

/** A hash of the sources below `root` that figures depend on; tests are none. */
export function codeVersionOf(root: string): string {
  const digest = createHash('sha256');
  for (const file of SOURCES.flatMap((folder) => filesOf(root, folder)))
    if (DECIDING.test(file) && !/\.test\.ts$|\/testing\//.test(file))
      digest
        .update(`${file}\0`)
        .update(readFileSync(join(root, file)))
        .update('\0');
  return digest.digest('hex').slice(0, 16);
}

function filesOf(root: string, folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesOf(root, path) : [path];
  });
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
