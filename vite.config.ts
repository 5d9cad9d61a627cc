// Pages and their Worker for the browsers we promise, and a development server that hands sockets on to a running server.

import { defineConfig } from 'vite';

/** Safari 15 and Firefox 114 are the first with module Workers (Chrome has them from 80). */
const BROWSERS = ['safari15', 'chrome91', 'edge91', 'firefox114'];
const SERVER = process.env['MINNOW_SERVER'] ?? 'http://localhost:3000';

export default defineConfig({
  publicDir: false,
  resolve: {
    alias: [
      {
        find: /^\.\/webtransport\.js$/,
        replacement: new URL('client/device/noWebTransport.ts', import.meta.url).pathname,
      },
    ],
  },
  build: {
    target: BROWSERS,
    outDir: 'dist',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: { input: { join: 'index.html', dashboard: 'dashboard.html' } },
  },
  worker: { format: 'es' },
  server: {
    proxy: {
      '/socket.io': { target: SERVER, ws: true },
      '/api': { target: SERVER },
    },
  },
});
