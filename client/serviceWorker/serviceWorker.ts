// The service worker: what the join page needs to open without its server. The page comes from the server wherever that
// answers, so that none is older than its server; assets, whose names change with their content, from what is kept.
// Knows nothing of training. It is registered under its own name, so it must stay one file without imports.

declare const self: ServiceWorkerGlobalScope;

/** What a page tells that was opened before there was a service worker: addresses of the assets that it consists of. */
export type PageAssets = readonly string[];

/** Where the page lies: this script's own folder, `/` where no proxy serves it under a path. */
const BASE = new URL('.', location.href);
const PAGE = `minnow:page${BASE.pathname.slice(1)}`;
/** What the page runs first; its name stays, so it comes from the server wherever that answers, too. */
const CHECK = new URL('checkBrowser.js', BASE);
const ASSETS = `minnow:assets${BASE.pathname.slice(1)}`;
/** What a script is fetched with; what it may fetch later stands in parentheses. */
const STATIC_IMPORT = /(?:from|import)\s*["'`](\.\/[\w.-]+)["'`]/g;

self.addEventListener('install', (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('message', (event) => {
  const urls = event.data as PageAssets;
  event.waitUntil(Promise.all([keepPage(), ...urls.map(keepAsset)]));
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (request.mode === 'navigate' && pathname === BASE.pathname)
    event.respondWith(newestElseKept(request, BASE, replacePage));
  else if (pathname === CHECK.pathname) event.respondWith(newestElseKept(request, CHECK, keepCheck));
  else if (pathname.startsWith(`${BASE.pathname}assets/`)) event.respondWith(answerAsset(request));
});

/** From the server wherever that answers; a proxy that answers in the place of one that is gone (5xx) does not count. */
async function newestElseKept(
  request: Request,
  key: URL,
  keep: (newest: Response) => Promise<void>,
): Promise<Response> {
  const newest = await fetch(request).catch((error: unknown) => error);
  if (newest instanceof Response && newest.status < 500) {
    if (newest.ok) await keep(newest.clone());
    return newest;
  }
  const kept = await (await caches.open(PAGE)).match(key);
  if (kept) return kept;
  if (newest instanceof Response) return newest;
  throw newest;
}

async function answerAsset(request: Request): Promise<Response> {
  const assets = await caches.open(ASSETS);
  const kept = await assets.match(request.url);
  if (kept) return kept;
  const asset = await fetch(request);
  if (asset.ok) await assets.put(request.url, asset.clone());
  return asset;
}

async function keepPage(): Promise<void> {
  const [page, script] = await Promise.all([fetch(BASE), fetch(CHECK)]);
  if (script.ok) await keepCheck(script);
  if (page.ok) await replacePage(page);
}

async function keepCheck(script: Response): Promise<void> {
  await (await caches.open(PAGE)).put(CHECK, script);
}

/** With another page come other assets. */
async function replacePage(page: Response): Promise<void> {
  const pages = await caches.open(PAGE);
  const old = await pages.match(BASE);
  if (old && (await old.text()) !== (await page.clone().text())) await caches.delete(ASSETS);
  await pages.put(BASE, page);
}

async function keepAsset(url: string): Promise<void> {
  const assets = await caches.open(ASSETS);
  if (await assets.match(url)) return;
  const asset = await fetch(url);
  if (!asset.ok) return;
  await assets.put(url, asset.clone());
  if (!new URL(url).pathname.endsWith('.js')) return;
  const imported = [...(await asset.text()).matchAll(STATIC_IMPORT)].map(([, path]) => path!);
  await Promise.all(imported.map((path) => keepAsset(new URL(path, url).href)));
}
