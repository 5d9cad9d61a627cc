import { expect, test } from 'vitest';
import { createFormats, formatDuration } from './formats.ts';

const en = createFormats('en');
const de = createFormats('de');

test('numbers, in both languages', () => {
  expect([en.whole(1234.4), de.whole(1234.4)]).toEqual(['1,234', '1.234']);
  expect([en.short(0.029999999), de.short(0.029999999)]).toEqual(['0.03', '0,03']);
  expect([en.fixed(2, 3), de.fixed(2, 3)]).toEqual(['2.000', '2,000']);
  expect([1, 1000].map((count) => de.count(count, 'Gerät', 'Geräte'))).toEqual([
    '1\u00a0Gerät',
    '1.000\u00a0Geräte',
  ]);
});

test('bytes', () => {
  expect([0, 312, 196_608, 190_054, 1_310_720].map(en.bytes)).toEqual([
    '0 B',
    '312 B',
    '192 KiB',
    '185.6 KiB',
    '1.25 MiB',
  ]);
  expect(de.bytes(1_310_720)).toBe('1,25 MiB');
  expect(en.bytes(1_047_000)).toBe('1022.5 KiB');
});

test('milliseconds', () => {
  expect([0, 2.345, 95.4].map(en.ms)).toEqual(['–', '2.3\u00a0ms', '95\u00a0ms']);
  expect(de.ms(2.345)).toBe('2,3\u00a0ms');
});

test('time since the beginning', () => {
  expect([0, 9_999, 245_000, 3_729_000].map(formatDuration)).toEqual(['0:00', '0:09', '4:05', '1:02:09']);
});

test('a share never rounds up to everything', () => {
  expect([1, 0.999, 0.0512, 0].map((share) => en.share(share, 'all'))).toEqual([
    'all',
    '99\u00a0%',
    '5.1\u00a0%',
    '0.0\u00a0%',
  ]);
  expect(de.share(0.0512, 'alles')).toBe('5,1\u00a0%');
});

test('scores as their metric has them', () => {
  expect([en.score('accuracy', 0.9051), de.score('recall', 0.9051)]).toEqual(['90.5\u00a0%', '90,5\u00a0%']);
  expect([en.score('auc', 0.5), en.score('mse', 12.345), en.score('mse', -1)]).toEqual([
    '0.500',
    '12.3',
    '–',
  ]);
  expect(de.score('mse', 0.01234)).toBe('0,0123');
});
