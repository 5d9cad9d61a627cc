import { expect, test } from 'vitest';
import { createNameMatcher, matchColumns, matchFolder, matchName } from './matchName.ts';

test('the same name comes first, however its letters are composed', () => {
  const names = ['Kind', 'kind', 'Gr\u00f6\u00dfe'];
  expect(matchName('kind', names)).toBe(1);
  expect(matchName('Kind ', names)).toBe(0);
  expect(matchName('Gro\u0308\u00dfe', names)).toBe(2);
});

test('another case or other gaps are taken only where one name alone is meant', () => {
  expect(matchName('STEM_length', ['petal', 'Stem length'])).toBe(1);
  expect(matchName('KIND', ['Kind', 'kind'])).toBe(-1);
  expect(matchName('size', ['Größe'])).toBe(-1);
  expect(matchName('', ['', 'a'])).toBe(0);
  expect(matchName(' ', ['a'])).toBe(-1);
});

test.each([
  ['<=50K', ['>50K', '<=50K'], 1],
  ['>50K', ['<=50K', '>50K'], 1],
  ['50K', ['<=50K', '>50K'], -1],
  ['>50k', ['<=50K', '>50K'], 1],
  ['-1', ['1', '2'], -1],
  ['C#', ['C', 'C++'], -1],
  ['1-2', ['12', '3'], -1],
])('signs tell names apart: %s among %j', (name, names, index) => {
  expect(matchName(name, names)).toBe(index);
  expect(createNameMatcher(names)(name)).toBe(index);
});

test('folders, which cannot have all signs, are matched without them where one name alone is meant', () => {
  expect(matchFolder('tshirt top', ['Bag', 'T-shirt/top'])).toBe(1);
  expect(matchFolder('50K', ['<=50K', '>50K'])).toBe(-1);
  expect(matchFolder('-', ['---', 'a'])).toBe(-1);
});

test('no column is taken for two names', () => {
  expect(matchColumns(['heat', 'flow'], ['Flow', 'heat', 'note'])).toEqual([1, 0]);
  expect(matchColumns(['heat', 'Heat'], ['HEAT'])).toEqual([-1, -1]);
  expect(matchColumns(['heat', 'Heat'], ['heat'])).toEqual([0, -1]);
});
