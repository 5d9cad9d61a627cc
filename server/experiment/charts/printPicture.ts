// A picture for print: PNG by resvg (one native file, no browser), PDF by PDFKit, whose own Helvetica needs no fonts on the machine.

import { Resvg } from '@resvg/resvg-js';
import PdfDocument from 'pdfkit';
import svgToPdf from 'svg-to-pdfkit';

/** Dots of a unit: 190 dots an inch at the width of a page. */
const ZOOM = 2;

export interface PrintedPicture {
  readonly png: Uint8Array;
  readonly pdf: Uint8Array;
}

export async function printPicture(svg: string): Promise<PrintedPicture> {
  const image = new Resvg(svg, { fitTo: { mode: 'zoom', value: ZOOM }, font: { loadSystemFonts: true } });
  const { width, height } = image;
  return { png: image.render().asPng(), pdf: await toPdf(svg, [width, height]) };
}

async function toPdf(svg: string, size: [number, number]): Promise<Uint8Array> {
  const document = new PdfDocument({ size, margin: 0 });
  const chunks: Uint8Array[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    document.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    document.on('end', resolve);
    document.on('error', reject);
  });
  svgToPdf(document, svg, 0, 0, { width: size[0], height: size[1], assumePt: true });
  document.end();
  await ended;
  return Buffer.concat(chunks);
}
