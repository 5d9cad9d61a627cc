import { expect, test } from 'vitest';
import { formatByteSize } from './byteSize.ts';
import { parseByteSize } from './parseByteSize.ts';

test('sizes are read with and without a unit', () => {
  expect(['196608', '192KiB', '192 kib', ' 1.5MiB', '2M', '1 GiB'].map(parseByteSize)).toEqual([
    196_608, 196_608, 196_608, 1_572_864, 2_097_152, 1_073_741_824,
  ]);
});

test('anything else is no size', () => {
  const texts = ['', 'lots', 'KiB', '-1', '192 kB', '1TiB', '1e3', '0x10'];
  expect(texts.map(parseByteSize)).toEqual(texts.map(() => NaN));
});

test('sizes are written for people', () => {
  const sizes = [0, 312, 1024, 190_054, 196_608, 1_310_720, 67_108_864, 1_610_612_736];
  expect(sizes.map(formatByteSize)).toEqual([
    '0 B',
    '312 B',
    '1 KiB',
    '185.6 KiB',
    '192 KiB',
    '1.25 MiB',
    '64 MiB',
    '1.5 GiB',
  ]);
});
