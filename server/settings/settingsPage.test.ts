import { expect, test } from 'vitest';
import { settingsPage } from './settingsPage.ts';

test('docs/settings.md says what the tables say', async () => {
  await expect(settingsPage()).toMatchFileSnapshot('../../docs/settings.md');
});
