// What came of the cells that are reported, each beside its yardstick. Pure.

import type { Cell } from './cells.ts';
import type { FinishedCell } from './cellStore.ts';
import type { FigureSource } from './figures.ts';
import type { Known } from './runCells.ts';

export interface CellOutcome extends FigureSource {
  readonly cell: Cell;
  readonly finished: FinishedCell;
}

function key({ condition, config, seed }: Cell): string {
  return `${condition.key}/${config}/${seed}`;
}

/** In the order of the cells. */
export function outcomesOf(known: readonly Known[]): CellOutcome[] {
  const yardsticks = new Map(
    known
      .filter(({ cell }) => cell.role === 'yardstick')
      .map(({ cell, finished }) => [key(cell), finished.result]),
  );
  return known
    .filter(({ cell }) => cell.role === 'reported')
    .map(({ cell, finished }) => ({
      cell,
      finished,
      metric: cell.task.metric,
      result: finished.result,
      yardstick: yardsticks.get(key(cell)) ?? null,
    }));
}
