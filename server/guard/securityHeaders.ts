// What each answer tells browsers to bar. Pages have no inline script; WebAssembly is compiled from what is made on the spot.

import type { ServerResponse } from 'node:http';

/** What is no page loads nothing and is framed by nobody. */
const ANSWER_HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
};

export function setSecurityHeaders(response: ServerResponse): void {
  for (const [header, value] of Object.entries(ANSWER_HEADERS)) response.setHeader(header, value);
}

/** Own pictures are blobs, the icon is in its address. The page itself speaks to nobody but its server. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Of the Worker's script, whose policy the Worker goes by: it speaks to the server that the person has agreed to. */
export const ASSET_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'self' http: https: ws: wss:",
  "frame-ancestors 'none'",
].join('; ');

/** The sensors of own motion data and the wake lock are all that the pages use. */
const PERMISSIONS = [
  'accelerometer=(self)',
  'gyroscope=(self)',
  'screen-wake-lock=(self)',
  ...[
    'camera',
    'microphone',
    'geolocation',
    'display-capture',
    'payment',
    'usb',
    'midi',
    'magnetometer',
    'fullscreen',
  ].map((name) => `${name}=()`),
].join(', ');

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': PAGE_POLICY,
  'Permissions-Policy': PERMISSIONS,
};
