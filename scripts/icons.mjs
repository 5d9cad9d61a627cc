// Draws client/public/icon.svg in the sizes that phones ask for. Run by hand when the icon changes; its output is kept.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { findChromium } from './chromium.mjs';

/** 180: what iPhones put on the home screen. */
const SIZES = [180, 192, 512];
const folder = join(import.meta.dirname, '..', 'client', 'public');
const svg = readFileSync(join(folder, 'icon.svg'), 'utf8');

const browser = await chromium.launch({
  executablePath: await findChromium(),
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  for (const size of SIZES) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    await page.setContent(
      `<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`,
    );
    writeFileSync(join(folder, `icon-${size}.png`), await page.screenshot());
    await page.close();
  }
} finally {
  await browser.close();
}
