// The wall on a real server: what strangers ask in the ways of HTTP, and that the server lives on.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startServer, type RunningServer } from '../startServer.ts';
import { tinyRun, tinyServerOptions } from '../testing/tinyTask.ts';

const HTML = '<!doctype html><title>Page</title>';
let folder = '';
let server: RunningServer;
let told: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'minnow-wall-'));
  const pagesFolder = join(folder, 'pages');
  mkdirSync(join(pagesFolder, 'assets'), { recursive: true });
  writeFileSync(join(pagesFolder, 'index.html'), HTML);
  writeFileSync(join(pagesFolder, 'dashboard.html'), HTML);
  writeFileSync(join(pagesFolder, 'assets', 'script-1.js'), 'export {};');
  server = await startServer({
    ...tinyServerOptions(join(folder, 'runs'), [tinyRun('one')]),
    pagesFolder,
    allowedHosts: ['school.example'],
    publicUrl: 'https://class.example.org/lab/minnow',
    arrival: { headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 50 },
    faults: { report: (where) => told.push(where) },
  });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Got extends Pick<IncomingMessage, 'headers'> {
  readonly status: number;
  readonly text: string;
}

function ask(path: string, headers: OutgoingHttpHeaders = {}, method = 'GET'): Promise<Got> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: server.port, path, agent: false, method, headers }, (answer) => {
      let text = '';
      answer.on('data', (part: Buffer) => (text += part.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, text }));
    })
      .on('error', reject)
      .end();
  });
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.on('error', () => {}).on('close', () => resolve()));
}

it.each(['bytes=5-2', 'bytes=-', 'bytes=0-0,5-2', 'bytes=99999999999-', 'junk'])(
  'Range: %s brings the page, and the server lives on',
  async (range) => {
    expect(await ask('/', { range })).toMatchObject({ status: 200, text: HTML });
    expect(await ask('/api/health')).toMatchObject({ status: 200 });
  },
);

it('what lies outside the pages is not there, and a script of an older build is no page', async () => {
  const outside = ['/../pages/index.html', '/..%2fpages/index.html', '/assets/../index.html', '/.env', '//'];
  for (const path of outside) expect(await ask(path)).toMatchObject({ status: 404 });
  const { status, headers } = await ask('/assets/script-0.js');
  expect(status).toBe(404);
  expect(headers['content-type']).toMatch(/^text\/plain/);
  expect(headers['cache-control']).toBe('no-store');
});

it('pages are asked for anew each time, scripts are kept, and what is unchanged is not sent again', async () => {
  const page = await ask('/dashboard');
  expect(page).toMatchObject({ status: 200, text: HTML });
  expect(page.headers['cache-control']).toBe('no-cache');
  const again = await ask('/dashboard', { 'if-none-match': page.headers.etag! });
  expect(again).toMatchObject({ status: 304, text: '' });
  expect((await ask('/assets/script-1.js')).headers['cache-control']).toContain('immutable');
  expect(await ask('/', {}, 'HEAD')).toMatchObject({ status: 200, text: '' });
});

it('a page that was built anew under a running server is served as it is now', async () => {
  const path = join(folder, 'pages', 'late.html');
  expect(await ask('/late')).toMatchObject({ status: 404 });
  writeFileSync(path, 'first');
  expect(await ask('/late')).toMatchObject({ status: 200, text: 'first' });
  writeFileSync(path, 'the second');
  expect(await ask('/late')).toMatchObject({ status: 200, text: 'the second' });
  rmSync(path);
  expect(await ask('/late')).toMatchObject({ status: 404 });
});

it.each(['/', '/api/status', '/api/nothing', '/metrics', '/socket.io/?EIO=4&transport=polling'])(
  'every answer bars what nobody needs: %s',
  async (path) => {
    const { headers } = await ask(path);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    });
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).not.toContain("'unsafe-inline'");
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  },
);

it.each([
  ['/', 'GET, HEAD'],
  ['/api/health', 'GET, HEAD'],
  ['/api/feed', 'GET, HEAD'],
  ['/api/model', 'GET, HEAD'],
  ['/metrics', 'GET, HEAD'],
  ['/socket.io/?EIO=4&transport=polling', 'GET, POST'],
])('other methods are told what %s takes', async (path, allow) => {
  for (const method of ['DELETE', 'OPTIONS', 'PUT', 'TRACE']) {
    expect(await ask(path, {}, method)).toMatchObject({ status: 405, headers: { allow } });
  }
});

it('a name that is not this server’s gets nothing, over HTTP or as a socket', async () => {
  for (const path of ['/', '/api/status', '/socket.io/?EIO=4&transport=polling']) {
    const got = await ask(path, { host: 'evil.example' });
    expect(got.status).toBe(403);
    expect(got.text).toContain('--allow-host');
  }
  expect(await upgrade({ host: 'evil.example' })).toContain('403');
  expect(await upgrade({ origin: 'http://evil.example' })).toContain('403');
  expect(await upgrade({})).toContain('101');
  expect(await ask('/', { host: 'school.example' })).toMatchObject({ status: 200 });
});

it('a page of another origin may ask only where its host was allowed', async () => {
  expect(await ask('/api/model', { origin: 'http://evil.example' })).toMatchObject({ status: 403 });
  const got = await ask('/api/model', { origin: 'http://school.example:81' });
  expect(got).toMatchObject({ status: 200 });
  expect(got.headers['access-control-allow-origin']).toBe('http://school.example:81');
});

it('behind a proxy the public address is a folder’s, and its pages may ask whatever name the proxy goes by', async () => {
  expect(server.joinUrl).toBe('https://class.example.org/lab/minnow/');
  expect(await upgrade({ origin: 'https://class.example.org' })).toContain('101');
});

it('HEAD of a feed is answered at once', async () => {
  expect(await ask('/api/feed', {}, 'HEAD')).toMatchObject({ status: 200, text: '' });
});

function upgrade(headers: OutgoingHttpHeaders): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(`${server.url}/socket.io/?EIO=4&transport=websocket`, {
      agent: false,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
        ...headers,
      },
    });
    asked.on('response', (answer) => resolve(String(answer.resume().statusCode)));
    asked.on('upgrade', (answer, socket) => {
      socket.destroy();
      resolve(String(answer.statusCode));
    });
    asked.on('error', reject).end();
  });
}

/** Each sends a byte now and then, so that silence is not what ends it. */
async function drip(head: string, byte: string): Promise<void> {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(head);
  const dripping = setInterval(() => socket.write(byte), 20);
  await closed(socket.resume());
  clearInterval(dripping);
}

const POLLING = '/socket.io/?EIO=4&transport=polling';
const BODY = 'Host: 127.0.0.1\r\nContent-Length: 1000000\r\n';

it.each([
  ['nothing', '', ''],
  ['a request line', 'GET /', 'a'],
  ['headers', 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ', 'a'],
  ['a body that nobody reads', `POST / HTTP/1.1\r\n${BODY}\r\n`, 'a'],
])('a connection that drips %s is closed', (_, head, byte) => drip(head, byte));

it('a connection that drips a command is closed', () =>
  drip(`POST /api/admin/steer HTTP/1.1\r\nAuthorization: Bearer ${server.adminToken}\r\n${BODY}\r\n`, 'a'));

it('a connection that drips a message of a socket is closed', async () => {
  const { sid } = JSON.parse((await ask(POLLING)).text.slice(1)) as { sid: string };
  await drip(`POST ${POLLING}&sid=${sid} HTTP/1.1\r\n${BODY}\r\n`, '4');
});

it('a body larger than any command is refused before it has come', async () => {
  const headers = { authorization: `Bearer ${server.adminToken}`, 'content-length': 2_000_000_000 };
  const got = await new Promise<number>((resolve, reject) => {
    const asked = request(`${server.url}/api/admin/steer`, { agent: false, method: 'POST', headers });
    asked.on('response', (answer) => resolve(answer.resume().statusCode!));
    asked.on('error', reject);
    asked.write('{');
  });
  expect(got).toBe(413);
});

it('a fault that a request meets costs that request, and is told', async () => {
  const { status } = server.runs[0]!;
  const run = server.runs[0] as { status: () => unknown };
  run.status = () => {
    throw new Error('odd');
  };
  told = [];
  const got = await ask('/api/status');
  run.status = status;
  expect(got).toMatchObject({ status: 500 });
  expect(got.text).toContain('internal');
  expect(told).toEqual(['GET /api/status']);
  expect(await ask('/api/status')).toMatchObject({ status: 200 });
});
