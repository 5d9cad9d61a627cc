import { expect, test } from 'vitest';
import { nearestName, suggestion } from './didYouMean.ts';

const NAMES = ['devices', 'samplesPerDevice', 'seed', 'stop', 'epochs'];

test.each([
  ['epoch', 'epochs'],
  ['devcies', 'devices'],
  ['Seed', 'seed'],
  ['samples_per_device', 'samplesPerDevice'],
  ['speed', 'seed'],
  ['weather', null],
  ['', null],
])('%s: %s', (word, name) => {
  expect(nearestName(word, NAMES)).toBe(name);
});

test('what is not near is told what there is', () => {
  expect(suggestion('epoch', NAMES)).toBe('; did you mean "epochs"?');
  expect(suggestion('weather', ['sun', 'rain'])).toBe('; there are sun, rain');
  expect(suggestion('weather', [])).toBe('');
});
