// Golden bytes: written by NumPy 2.4 (`np.save`), as hex.

import { gzipSync } from 'node:zlib';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseNpy, readNpy } from './readNpy.ts';

const GOLDEN: [string, string, number[], number[]][] = [
  [
    'int16',
    '934e554d5059010076007b276465736372273a20273c6932272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c2033292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a0100feff2c010400fbff0080',
    [2, 3],
    [1, -2, 300, 4, -5, -32768],
  ],
  [
    'bytes',
    '934e554d5059010076007b276465736372273a20277c7531272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028332c292c207d2020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a0007ff',
    [3],
    [0, 7, 255],
  ],
  [
    'booleans',
    '934e554d5059010076007b276465736372273a20277c6231272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c292c207d2020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a0100',
    [2],
    [1, 0],
  ],
  [
    'float64',
    '934e554d5059010076007b276465736372273a20273c6638272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c292c207d2020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a000000000000e03f000000000000f4bf',
    [2],
    [0.5, -1.25],
  ],
  [
    'float32 of rank 3',
    '934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c20312c2032292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a000000000000803f0000004000004040',
    [2, 1, 2],
    [0, 1, 2, 3],
  ],
  [
    'uint32',
    '934e554d5059010076007b276465736372273a20273c7534272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028312c292c207d2020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a70110100',
    [1],
    [70000],
  ],
  [
    'int64',
    '934e554d5059010076007b276465736372273a20273c6938272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c292c207d2020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200afdffffffffffffff0900000000000000',
    [2],
    [-3, 9],
  ],
  [
    'a single number',
    '934e554d5059010076007b276465736372273a20273c6934272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028292c207d20202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a05000000',
    [],
    [5],
  ],
  [
    'version 2',
    '934e554d50590200740000007b276465736372273a20273c7532272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065273a2028322c292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020200a01000200',
    [2],
    [1, 2],
  ],
];

function npy(header: string, body: readonly number[], version = 1): Uint8Array {
  const text = new TextEncoder().encode(header);
  const length = version === 1 ? [text.length & 255, text.length >> 8] : [text.length, 0, 0, 0];
  return Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...length, ...text, ...body);
}
const headerOf = (type: string, shape: string) =>
  `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }\n`;

test.each(GOLDEN)('reads %s as NumPy wrote it', (_, hex, shape, values) => {
  const array = parseNpy(Buffer.from(hex, 'hex'), 'golden');
  expect(array.shape).toEqual(shape);
  expect([...array.values]).toEqual(values);
});

test('bytes stay bytes, every other type becomes float32 where that holds it, else float64', () => {
  expect(parseNpy(npy(headerOf('|u1', '(2,)'), [1, 255]), 'f').values).toEqual(Uint8Array.of(1, 255));
  expect(parseNpy(npy(headerOf('|i1', '(2,)'), [1, 255]), 'f').values).toEqual(Float32Array.of(1, -1));
  expect(parseNpy(npy(headerOf('|u1', '(1,)'), [7], 2), 'f').values).toEqual(Uint8Array.of(7));
  const seconds = [...new Uint8Array(Float64Array.of(1700000001, 1700000031).buffer)];
  expect(parseNpy(npy(headerOf('<f8', '(2,)'), seconds), 'f').values).toEqual(
    Float64Array.of(1700000001, 1700000031),
  );
});

describe('what NumPy and others write in other ways', () => {
  test.each<[string, string, number[], number[]]>([
    [
      'keys in another order',
      "{'shape': (2,), 'fortran_order': False, 'descr': '<i2'}",
      [1, 0, 2, 0],
      [1, 2],
    ],
    ['bytes with an order', headerOf('<u1', '(2,)'), [1, 2], [1, 2]],
    ['the order of the machine', headerOf('=i2', '(2,)'), [1, 0, 2, 0], [1, 2]],
    ['big-endian numbers', headerOf('>i2', '(2,)'), [0, 1, 255, 254], [1, -2]],
    [
      'half precision',
      headerOf('<f2', '(6,)'),
      [0, 0x3c, 0, 0xc0, 1, 0, 0xff, 0x7b, 0, 0x7c, 0, 0x80],
      [1, -2, 2 ** -24, 65504, Infinity, -0],
    ],
    [
      'one axis in Fortran order',
      "{'descr': '|u1', 'fortran_order': True, 'shape': (3,), }",
      [1, 2, 3],
      [1, 2, 3],
    ],
    [
      'two axes in Fortran order',
      "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }",
      [1, 4, 2, 5, 3, 6],
      [1, 2, 3, 4, 5, 6],
    ],
    [
      'three axes in Fortran order',
      "{'descr': '<i2', 'fortran_order': True, 'shape': (2, 1, 2), }",
      [0, 0, 2, 0, 1, 0, 3, 0],
      [0, 1, 2, 3],
    ],
  ])('reads %s', (_, header, body, values) => {
    expect([...parseNpy(npy(header, body), 'f').values]).toEqual(values);
  });

  test('what tells elements apart is exact: integers of 64 bits, texts', () => {
    const ids = [...new Uint8Array(BigInt64Array.of(9007199254740993n, -9007199254740993n).buffer)];
    expect(parseNpy(npy(headerOf('<i8', '(2,)'), ids), 'f').texts()).toEqual([
      '9007199254740993',
      '-9007199254740993',
    ]);
    const letters = [...new Uint8Array(Uint32Array.of(97, 0x1f600, 98, 0).buffer)];
    const named = parseNpy(npy(headerOf('<U2', '(2,)'), letters), 'f');
    expect(named.texts()).toEqual(['a\u{1f600}', 'b']);
    expect(() => named.values).toThrow('f: expected numbers, got texts (<U2)');
    expect(parseNpy(npy(headerOf('|u1', '(2,)'), [7, 8]), 'f').texts()).toEqual(['7', '8']);
  });
});

test.each([
  ['an empty file', Uint8Array.of(), 'expected an NPY file (93 4e 55 4d 50 59), got an empty file'],
  ['another format', Uint8Array.of(0x50, 0x4b, 3, 4), 'got 50 4b 03 04'],
  [
    'a file that ends in its magic',
    npy('', []).subarray(0, 8),
    'expected a header of at least 10 bytes, got a file of 8',
  ],
  ['a header that breaks off', npy(headerOf('|u1', '(2,)'), []).subarray(0, 30), 'got a file of 30'],
  [
    'a header of another kind',
    npy("{'shape': (2,)}\n", [1, 2]),
    "expected a header with descr, fortran_order and shape, got {'shape': (2,)}",
  ],
  ['a negative axis', npy(headerOf('|u1', '(-2,)'), [1, 2]), 'expected a header with descr'],
  [
    'code in the header',
    npy("{'descr': __import__('os'), 'fortran_order': False, 'shape': (1,), }", [1]),
    'expected a header with descr',
  ],
  ['complex numbers', npy(headerOf('<c8', '(1,)'), [0, 0, 0, 0]), 'expected one of the types b1 u1'],
  ['objects', npy(headerOf('|O', '(1,)'), [0]), 'got |O'],
  ['a type that every object has', npy(headerOf('constructor', '(1,)'), [0]), 'got constructor'],
  ['a header without shape', npy("{'descr': '|u1', 'fortran_order': True, }", [1]), 'expected a header with'],
  ['a short body', npy(headerOf('<i2', '(2, 3)'), [1, 2, 3]), 'bytes for shape [2, 3] of <i2, got'],
  ['a long body', npy(headerOf('|u1', '(2,)'), [1, 2, 3]), 'bytes for shape [2] of |u1, got'],
  ['a shape beyond all memory', npy(headerOf('<f8', '(99999999, 99999999)'), [1]), 'of <f8, got'],
])('refuses %s and says what it expected', (_, bytes, message) => {
  expect(() => parseNpy(bytes, 'some-file')).toThrow(message);
  expect(() => parseNpy(bytes, 'some-file')).toThrow(/^some-file: expected/);
});

test('reads gzipped files, and refuses those that break off or unpack to too much', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'minnow-npy-'));
  try {
    const bytes = npy(headerOf('<i2', '(2,)'), [1, 0, 255, 255]);
    await writeFile(join(folder, 'a.npy.gz'), gzipSync(bytes));
    expect((await readNpy(join(folder, 'a.npy.gz'))).values).toEqual(Float32Array.of(1, -1));
    await writeFile(join(folder, 'b.npy.gz'), gzipSync(bytes).subarray(0, 40));
    await expect(readNpy(join(folder, 'b.npy.gz'))).rejects.toThrow(/b\.npy\.gz: expected a gzip file/);
    await expect(readNpy(join(folder, 'none.npy'))).rejects.toThrow(
      /none\.npy: expected a file that can be read, got ENOENT/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
