// Draws a pen path into a grey image, anti-aliased. Knows nothing of digits or writers.

import type { PenPath } from './writer.ts';

/**
 * Adds a path to `image`, `[side, side]` uint8 row-major: each pixel takes the larger of what it had and what the pen
 * covers of it (the distance to the path's middle against the pen's radius, one pixel wide at the edge).
 */
export function drawPath(path: PenPath, image: Uint8Array, side: number): void {
  for (let node = 0; node + 5 < path.length; node += 3) {
    const [x0, y0, r0, x1, y1, r1] = path.slice(node, node + 6) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const reach = Math.max(r0, r1) + 1;
    const top = Math.max(0, Math.ceil(Math.min(y0, y1) - reach - 0.5));
    const bottom = Math.min(side - 1, Math.floor(Math.max(y0, y1) + reach - 0.5));
    const left = Math.max(0, Math.ceil(Math.min(x0, x1) - reach - 0.5));
    const right = Math.min(side - 1, Math.floor(Math.max(x0, x1) + reach - 0.5));
    const [dx, dy] = [x1 - x0, y1 - y0];
    const lengthSquared = dx * dx + dy * dy || 1;
    for (let row = top; row <= bottom; row++) {
      const py = row + 0.5 - y0;
      for (let column = left; column <= right; column++) {
        const px = column + 0.5 - x0;
        const t = Math.min(1, Math.max(0, (px * dx + py * dy) / lengthSquared));
        const distance = Math.sqrt((px - t * dx) ** 2 + (py - t * dy) ** 2);
        const cover = Math.round(255 * Math.min(1, r0 + t * (r1 - r0) + 0.5 - distance));
        const cell = row * side + column;
        if (cover > image[cell]!) image[cell] = cover;
      }
    }
  }
}
