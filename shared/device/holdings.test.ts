import { expect, test } from 'vitest';
import type { BlockHeader } from '../contract/messages.ts';
import {
  arrived,
  begun,
  holdingOf,
  lacksBlocks,
  nothingHeld,
  reloaded,
  survivors,
  withKept,
  withoutBlocks,
  type Holdings,
} from './holdings.ts';

const WHOLE = { entries: [] };
const SLICE = { entries: [], width: { ratio: 0.5, offset: 0 } };
const ANY = ['float32', 'float32', 'float32'] as const;
const block = (tensor: number, version: number, change: Partial<BlockHeader> = {}): BlockHeader => ({
  tensor,
  version,
  precision: 'float32',
  part: 'whole',
  ...change,
});
const all = (version: number): BlockHeader[] => [0, 1, 2].map((tensor) => block(tensor, version));
const take = (
  holdings: Holdings,
  blocks: readonly BlockHeader[],
  trained: readonly number[] = [],
): Holdings => arrived(begun(holdings, { scheme: WHOLE, blocks }, trained), blocks, ANY);
const trainedOn = (holdings: Holdings): Holdings => ({ ...holdings, hasMoved: true });
const tensorsKept = (holdings: Holdings): number[] =>
  survivors(holdings, { scheme: WHOLE }, [2]).map(({ tensor }) => tensor);
const FULL = take(nothingHeld(3), all(4));

test('blocks that have come are held in their version, until they have been trained and are not brought again', () => {
  expect(lacksBlocks(nothingHeld(3))).toBe(true);
  expect(holdingOf(FULL)).toEqual({ held: [4, 4, 4], precisions: [...ANY], moved: false });
  expect(holdingOf(trainedOn(FULL))).toMatchObject({ held: [4, 4, 4], moved: true });
  const next = take(trainedOn(FULL), [block(1, 6, { part: 'slice' })], [1, 2]);
  expect(holdingOf(next)).toMatchObject({ held: [4, 6, -1], moved: false });
  expect(lacksBlocks(next)).toBe(true);
  expect(holdingOf(take(FULL, [], [1, 2])).held).toEqual([4, 4, 4]);
});

test('a tensor is no finer than the arena holds it, nor around a slice than it was', () => {
  const blocks = [block(0, 1, { precision: 'int8' }), block(1, 1, { precision: 'int8' }), block(2, 1)];
  const coarse = arrived(nothingHeld(3), blocks, ['float32', 'int4', 'float16']);
  expect(coarse.precisions).toEqual(['int8', 'int4', 'float16']);
  const slice = block(1, 2, { precision: 'float16', part: 'slice' });
  expect(arrived(coarse, [slice], ANY).precisions[1]).toBe('int4');
  expect(arrived(coarse, [{ ...slice, part: 'whole' }], ANY).precisions[1]).toBe('float16');
});

test('what lies beside the arena stands in for what is not in it, and what is trained of that has moved', () => {
  const kept = [{ tensor: 0, version: 2, precision: 'int8' as const }];
  expect(holdingOf(FULL, kept)).toEqual(holdingOf(FULL));
  expect(holdingOf(nothingHeld(3), kept)).toEqual({
    held: [2, -1, -1],
    precisions: ['int8', 'float32', 'float32'],
    moved: true,
  });
  expect(holdingOf(withKept(nothingHeld(3), kept)).moved).toBe(false);
  expect(holdingOf(nothingHeld(3), []).moved).toBe(false);
});

test('of a width slice nothing is kept, and it is told', () => {
  const kept = [{ tensor: 0, version: 2, precision: 'int8' as const }];
  const narrow = begun(nothingHeld(3), { scheme: SLICE, blocks: [] }, []);
  expect(holdingOf(narrow, kept)).toMatchObject({ held: [-1, -1, -1], width: SLICE.width, moved: false });
  expect(survivors(arrived(narrow, all(1), ANY), { scheme: WHOLE }, [])).toEqual([]);
  expect(survivors(FULL, { scheme: SLICE }, [])).toEqual([]);
});

test('another arena has what was kept of the old one: all but what was trained', () => {
  expect(tensorsKept(FULL)).toEqual([0, 1, 2]);
  expect(tensorsKept(trainedOn(FULL))).toEqual([0, 1]);
  expect(tensorsKept(nothingHeld(3))).toEqual([]);
});

test('a page that is loaded anew lacks what was on its way, what it trained and what had not travelled', () => {
  const loaded = reloaded(withoutBlocks({ ...FULL, hasUnsent: true }, [block(1, 9)]));
  expect(loaded).toMatchObject({ held: [4, -1, 4], hasMoved: true, hasUnsent: false });
});
