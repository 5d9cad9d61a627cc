// Pictures in tests: what a page looks like, kept where MINNOW_SCREENSHOTS names a folder; and files for people who have some.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Page } from 'playwright';

/** For whoever wants to look: no test compares them. */
export async function keepPicture(page: Page, name: string, fullPage = true): Promise<void> {
  const folder = process.env['MINNOW_SCREENSHOTS'];
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage });
}

/** PNG files of a seven on paper, one a little bluer than the other. */
export async function paintPictures(page: Page, count: number): Promise<Buffer[]> {
  const urls = await page.evaluate((number) => {
    return Array.from({ length: number }, (_, i) => {
      const canvas = document.createElement('canvas');
      canvas.width = 120;
      canvas.height = 90;
      const context = canvas.getContext('2d')!;
      context.fillStyle = '#f4f1ea';
      context.fillRect(0, 0, 120, 90);
      context.lineWidth = 7;
      context.strokeStyle = `rgb(20, 30, ${40 + 20 * i})`;
      context.beginPath();
      context.moveTo(40, 20);
      context.lineTo(80, 20);
      context.lineTo(55, 75);
      context.stroke();
      return canvas.toDataURL('image/png');
    });
  }, count);
  return urls.map((url) => Buffer.from(url.split(',')[1]!, 'base64'));
}

/** Paths of the files, which are written within the folder. */
export function writePictures(
  folder: string,
  pictures: readonly Buffer[],
  names: readonly string[],
): string[] {
  return names.map((name, i) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, pictures[i % pictures.length]!);
    return path;
  });
}
