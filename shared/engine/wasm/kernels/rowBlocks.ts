// A number of rows that only the running kernel knows, cut into blocks that fit a cache.

import type { Local } from '../code/assembler.ts';
import { i32, select } from '../code/instructions.ts';
import type { Expression } from '../code/instructions.ts';
import type { Kernel } from './kernel.ts';

/** Calls `body` with the rows of each block: `blockRows`, fewer in the last one. `capacity`: most rows there can be. */
export function forEachRowBlock(
  { f }: Kernel,
  rows: Expression,
  capacity: number,
  blockRows: number,
  body: (rowsOfBlock: Local) => void,
): void {
  const rowsOfBlock = f.local('i32', rows);
  if (capacity <= blockRows) {
    body(rowsOfBlock);
    return;
  }
  const left = f.local('i32', rowsOfBlock);
  f.doWhile(() => {
    f.set(rowsOfBlock, select(i32.ltS(left, blockRows), left, i32.const(blockRows)));
    body(rowsOfBlock);
    f.set(left, i32.sub(left, rowsOfBlock));
    return left;
  });
}
