import { expect, it } from 'vitest';
import { formatBytes, parseBytes } from './parseBytes.ts';

it('reads amounts of memory with and without a unit', () => {
  expect(parseBytes('--budget', '196608')).toBe(196608);
  expect(parseBytes('--budget', '192KiB')).toBe(196608);
  expect(parseBytes('--budget', ' 1.5 MiB ')).toBe(1572864);
});

it('refuses anything else, naming the argument, the expectation and what came', () => {
  for (const text of ['', 'lots', '-1', '192 kB', '1e3', '0x10'])
    expect(() => parseBytes('--budget', text)).toThrow(
      `--budget must be an amount of memory like 196608, 192KiB or 1.5MiB, got "${text}"`,
    );
});

it('writes amounts for people', () => {
  expect([12, 196608, 3 * 1024 ** 2].map(formatBytes)).toEqual(['12 B', '192.0 KiB', '3.00 MiB']);
});
