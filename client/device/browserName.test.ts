import { expect, test } from 'vitest';
import { browserName } from './browserName.ts';

const like = (rest: string) => `Mozilla/5.0 (${rest}`;

test('browsers that call themselves something else as well get their own name', () => {
  expect(
    browserName(
      like(
        'X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36',
      ),
    ),
  ).toBe('Chrome 156 (Linux)');
  expect(
    browserName(like('Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0')),
  ).toBe('Edge 120 (Windows)');
  expect(
    browserName(
      like(
        'iPhone; CPU iPhone OS 15_0 like Mac OS X) AppleWebKit/605.1.15 Version/15.0 Mobile/15E148 Safari/604.1',
      ),
    ),
  ).toBe('Safari 15 (iPhone)');
  expect(
    browserName(
      like('Linux; Android 13) AppleWebKit/537.36 SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36'),
    ),
  ).toBe('Samsung Internet 23 (Android)');
  expect(browserName('curl/8')).toBe('unknown browser (unknown system)');
});
