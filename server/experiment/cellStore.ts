// Finished cells, kept as files so that nothing is computed twice. Knows nothing of experiments.

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
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
  /** All that was read: results are written anew after each cell. */
  const known = new Map<string, FinishedCell>();
  const read = (name: string): FinishedCell => {
    const finished: FinishedCell = known.get(name) ?? JSON.parse(readFileSync(join(folder, name), 'utf8'));
    known.set(name, finished);
    return finished;
  };
  return {
    find(cell, anyVersion) {
      if (known.has(nameOf(cell)) || existsSync(join(folder, nameOf(cell)))) return read(nameOf(cell));
      const isOther = (name: string): boolean => name.startsWith(`${cell.configKey}-`);
      const other = anyVersion && readdirSync(folder).find(isOther);
      return other ? read(other) : null;
    },
    keep(cell, finished) {
      const file = join(folder, nameOf(cell));
      writeFileSync(`${file}.new`, JSON.stringify(finished));
      renameSync(`${file}.new`, file);
      known.set(nameOf(cell), finished);
    },
  };
}

function nameOf({ configKey, key }: Cell): string {
  return `${configKey}-${key}.json`;
}
