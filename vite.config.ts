// Pages and their Worker for the browsers we promise, each file compressed beside itself, and a development server that
// hands sockets on to a running server.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

/** Safari 15 and Firefox 114 are the first with module Workers (Chrome has them from 80). */
const BROWSERS = ['safari15', 'chrome91', 'edge91', 'firefox114'];
const SERVER = process.env['MINNOW_SERVER'] ?? 'http://localhost:3000';

/** Compressed once, here: the server hands out `x.gz` to whoever takes it. */
function compressFiles(): Plugin {
  return {
    name: 'compress-files',
    apply: 'build',
    writeBundle({ dir }) {
      const files = readdirSync(dir!, { recursive: true, encoding: 'utf8' });
      for (const file of files.filter((name) => /\.(js|css|html|svg|webmanifest)$/.test(name))) {
        const path = join(dir!, file);
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: constants.Z_BEST_COMPRESSION }));
      }
    },
  };
}

/** What a lazy chunk consists of is fetched at once; its style sheets before it is run. */
const PRELOADER = `
const known = {};
export function __vitePreload(load, files = [], importer) {
  return Promise.all(files.map((file) => {
    const { href } = new URL(file, importer);
    return known[href] ||= new Promise((done, fail) => {
      const link = document.createElement('link');
      link.href = href;
      link.crossOrigin = '';
      if (href.endsWith('.css')) {
        link.rel = 'stylesheet';
        link.onload = done;
        link.onerror = () => {
          delete known[href];
          fail(new Error(href));
        };
      } else {
        link.rel = 'modulepreload';
        done();
      }
      document.head.append(link);
    });
  })).then(load);
}`;

/** In the place of Vite's own, which is larger: the join page counts each byte. */
function smallPreloader(): Plugin {
  return {
    name: 'small-preloader',
    apply: 'build',
    enforce: 'pre',
    load: (id) => (id === '\0vite/preload-helper.js' ? PRELOADER : null),
  };
}

/** A namespace as a value brings helpers that nothing else in the Worker needs: a third of a kilobyte. */
function plainParser(): Plugin {
  return {
    name: 'plain-parser',
    transform: {
      filter: { id: /socket\.io-client\/build\/esm\/manager\.js$/ },
      handler: (code) =>
        code.replace(
          /import \* as parser from (['"].+?['"]);/,
          'import { Decoder, Encoder } from $1; const parser = { Decoder, Encoder };',
        ),
    },
  };
}

export default defineConfig({
  plugins: [compressFiles(), smallPreloader()],
  // Relative: a proxy may serve the pages under any path.
  base: './',
  publicDir: 'client/public',
  resolve: {
    alias: [
      {
        find: /^\.\/webtransport\.js$/,
        replacement: new URL('client/device/noWebTransport.ts', import.meta.url).pathname,
      },
      {
        find: /^\.{1,2}\/(?:url|contrib\/(?:parseuri|parseqs|has-cors))\.js$/,
        replacement: new URL('client/device/plainAddress.ts', import.meta.url).pathname,
      },
    ],
  },
  build: {
    target: BROWSERS,
    outDir: 'dist',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: {
        join: 'index.html',
        dashboard: 'dashboard.html',
        serviceWorker: 'client/serviceWorker/serviceWorker.ts',
      },
      output: {
        // A service worker rules over what lies below it, and is known by its name.
        entryFileNames: ({ name }) =>
          name === 'serviceWorker' ? 'serviceWorker.js' : 'assets/[name]-[hash].js',
        comments: false,
      },
    },
  },
  worker: {
    format: 'es',
    plugins: () => [plainParser()],
    rolldownOptions: { checks: { pluginTimings: false }, output: { comments: false } },
  },
  server: {
    proxy: {
      '/socket.io': { target: SERVER, ws: true },
      '/api': { target: SERVER },
    },
  },
});
