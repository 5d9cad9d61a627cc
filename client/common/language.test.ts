import { expect, test } from 'vitest';
import { chooseLanguage } from './language.ts';

test('the address goes before what was chosen, and that before what the browser prefers', () => {
  expect(chooseLanguage('?lang=de', 'en', ['en-GB'])).toBe('de');
  expect(chooseLanguage('', 'de', ['en'])).toBe('de');
  expect(chooseLanguage('', null, ['de-AT', 'en'])).toBe('de');
});

test('what is not spoken is passed over; at last it is English', () => {
  expect(chooseLanguage('?lang=fr', 'nothing', ['pt-BR', 'DE-ch', 'en'])).toBe('de');
  expect(chooseLanguage('', null, ['constructor', ''])).toBe('en');
});
