import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesToFloats, decodeBlocks, encodeBlocks, isBytes } from './codec.ts';

const block = fc.array(fc.float(), { maxLength: 40 }).map((values) => Float32Array.from(values));

describe('codec', () => {
  it('gives back the very bits of any blocks', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 6 }), (blocks) => {
        const decoded = decodeBlocks(
          encodeBlocks(blocks),
          blocks.map((values) => values.length),
        );
        expect(decoded.map((values) => new Uint32Array(values.slice().buffer))).toEqual(
          blocks.map((values) => new Uint32Array(values.slice().buffer)),
        );
      }),
    );
  });

  it('writes little-endian float32, block after block, and nothing else', () => {
    const bytes = new Uint8Array(
      encodeBlocks([Float32Array.of(1, -2), Float32Array.of(), Float32Array.of(0.5)]),
    );
    expect(Array.from(bytes)).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0, 0x3f]);
  });

  it('refuses a message of any other length than the blocks ask for', () => {
    const bytes = encodeBlocks([Float32Array.of(1, 2, 3)]);
    for (const length of [0, 1, 4, 8, 11]) {
      expect(() => decodeBlocks(bytes.slice(0, length), [2, 1])).toThrow(
        `blocks must hold 12 bytes, got ${length}`,
      );
    }
    expect(() => decodeBlocks(bytes, [2])).toThrow(RangeError);
  });

  it('refuses bytes that are no whole number of floats', () => {
    expect(() => bytesToFloats(new ArrayBuffer(6))).toThrow('multiple of 4 bytes, got 6');
  });

  it('reads an unaligned slice of a larger buffer', () => {
    const pool = new Uint8Array(16);
    pool.set(new Uint8Array(encodeBlocks([Float32Array.of(7, 8)])), 3);
    expect(Array.from(bytesToFloats(pool.subarray(3, 11)))).toEqual([7, 8]);
  });

  it('tells attachments from anything else', () => {
    expect([new ArrayBuffer(4), new Uint8Array(4)].every(isBytes)).toBe(true);
    expect([null, undefined, 'x', 4, [1, 2], { byteLength: 4 }].some(isBytes)).toBe(false);
  });
});
