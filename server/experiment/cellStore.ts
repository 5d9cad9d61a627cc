// Finished cells, kept as files so that nothing is computed twice. Knows nothing of experiments.

import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SimulationResult } from '../../shared/simulate/simulationResult.ts';
import type { Cell } from './cells.ts';

export interface FinishedCell {
  readonly config: string;
  readonly seed: number;
  /** Of the code that computed it. */
  readonly codeVersion: string;
  readonly result: SimulationResult;
  /** Of all threads. */
  readonly processorSeconds: number;
}

export interface CellStore {
  /** Null: not there. `anyVersion`: one that other code has computed will do. */
  find(cell: Cell, anyVersion: boolean): FinishedCell | null;
  keep(cell: Cell, finished: FinishedCell): void;
}

export function openCellStore(folder: string): CellStore {
  mkdirSync(folder, { recursive: true });
  const read = (name: string): FinishedCell => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  return {
    find(cell, anyVersion) {
      const names = readdirSync(folder);
      if (names.includes(nameOf(cell))) return read(nameOf(cell));
      const other = anyVersion && names.find((name) => name.startsWith(`${cell.configKey}-`));
      return other ? read(other) : null;
    },
    keep(cell, finished) {
      const file = join(folder, nameOf(cell));
      writeFileSync(`${file}.new`, JSON.stringify(finished));
      renameSync(`${file}.new`, file);
    },
  };
}

function nameOf({ configKey, key }: Cell): string {
  return `${configKey}-${key}.json`;
}
