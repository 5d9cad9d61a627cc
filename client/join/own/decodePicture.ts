// A picture file -> its pixels, by the browser's own decoders. Knows nothing of tasks.

import { build } from '../../common/elements.ts';
import { withoutAlpha } from './pictureSample.ts';
import type { Pixels } from './scalePixels.ts';

/** Larger ones are made smaller first, smoothly: no sample needs more. */
const LARGEST_SIDE = 512;

/** Opaque, `[height, width, 3]`, as it is to be seen (turned as its camera was). Null where the browser cannot read it. */
export async function decodePicture(file: File): Promise<Pixels | null> {
  const url = URL.createObjectURL(file);
  try {
    const image = build('img', { src: url });
    await image.decode();
    const { naturalWidth, naturalHeight } = image;
    if (naturalWidth === 0 || naturalHeight === 0) return null;
    const scale = Math.min(1, LARGEST_SIDE / Math.max(naturalWidth, naturalHeight));
    const width = Math.max(1, Math.round(naturalWidth * scale));
    const height = Math.max(1, Math.round(naturalHeight * scale));
    const context = build('canvas', { width, height }).getContext('2d', { willReadFrequently: true })!;
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    return withoutAlpha({ values: data, width, height, channels: 4 });
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(url);
  }
}
