// The QR code of an address as an SVG: dark on white whatever the page's colours, for cameras.

import { encode } from 'uqr';

const NAMESPACE = 'http://www.w3.org/2000/svg';

export function drawJoinCode(address: string): SVGElement {
  const { data, size } = encode(address, { ecc: 'M', border: 2 });
  const path = data
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')))
    .join('');
  const code = document.createElementNS(NAMESPACE, 'svg');
  code.setAttribute('viewBox', `0 0 ${size} ${size}`);
  code.setAttribute('shape-rendering', 'crispEdges');
  const dark = document.createElementNS(NAMESPACE, 'path');
  dark.setAttribute('d', path);
  dark.setAttribute('fill', '#000');
  code.append(dark);
  return code;
}
