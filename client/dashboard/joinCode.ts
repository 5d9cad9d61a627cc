// The QR code of an address as an SVG: dark on white whatever the page's colours, for cameras.

import { encode } from 'uqr';
import { draw } from '../common/elements.ts';

export function drawJoinCode(address: string): SVGElement {
  const { data, size } = encode(address, { ecc: 'M', border: 2 });
  const path = data
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')))
    .join('');
  return draw(
    'svg',
    { viewBox: `0 0 ${size} ${size}`, 'shape-rendering': 'crispEdges' },
    draw('path', { d: path, fill: '#000' }),
  );
}
