// A server with a certificate of its own: trusted by who trusts that certificate, and found by who comes by plain http.

import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startServer, type RunningServer } from '../../startServer.ts';
import type { Certificate } from './certificate.ts';
import { openOwnCertificate } from './ownCertificate.ts';
import { tinyRun, tinyServerOptions } from '../../testing/tinyTask.ts';

let runsDir = '';
let certificate: Certificate;
let server: RunningServer;
beforeAll(async () => {
  runsDir = mkdtempSync(join(tmpdir(), 'minnow-https-'));
  certificate = await openOwnCertificate({ runsDir, hosts: ['localhost', '127.0.0.1'] });
  const publicUrl = 'https://class.example.org';
  server = await startServer({ ...tinyServerOptions(runsDir, [tinyRun('safe')]), certificate, publicUrl });
});
afterAll(async () => {
  await server.close();
  rmSync(runsDir, { recursive: true, force: true });
});

function answerTo(url: string, options: { ca?: string; method?: string } = {}): Promise<IncomingMessage> {
  const request = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    request(url, { agent: false, ...options }, (answer) => resolve(answer.resume()))
      .on('error', reject)
      .end();
  });
}

it('answers by https whoever trusts its certificate, under its name and its address', async () => {
  expect(server.url).toBe(`https://127.0.0.1:${server.port}`);
  for (const host of ['127.0.0.1', 'localhost']) {
    const answer = await answerTo(`https://${host}:${server.port}/api/health`, { ca: certificate.cert });
    expect(answer.statusCode).toBe(200);
  }
  await expect(answerTo(`${server.url}/api/health`)).rejects.toThrow(/self-signed/);
});

it('sends plain http to the same place by https, method and all', async () => {
  const answer = await answerTo(`http://127.0.0.1:${server.port}/?run=safe&budget=1MiB`, { method: 'POST' });
  expect(answer.statusCode).toBe(307);
  expect(answer.headers.location).toBe(`${server.url}/?run=safe&budget=1MiB`);
});

it.each(['\x16 no handshake', 'no http\r\n\r\n', 'GET http://elsewhere/ HTTP/1.1\r\nHost: a\r\n\r\n'])(
  'closes on what is neither (%j), and goes on',
  async (bytes) => {
    const socket: Socket = connect(server.port, '127.0.0.1');
    let heard = '';
    socket.on('data', (chunk) => (heard += chunk.toString('latin1')));
    socket.write(bytes);
    await new Promise((resolve) => socket.on('close', resolve).on('error', () => {}));
    expect(heard).not.toContain('Location');
    const answer = await answerTo(`${server.url}/api/health`, { ca: certificate.cert });
    expect(answer.statusCode).toBe(200);
  },
);

it('tells others the public address, and dashboards all of them, that one first', async () => {
  expect(server.joinUrl).toBe('https://class.example.org');
  const [first, second] = await joinUrlsOf();
  expect(first).toBe('https://class.example.org');
  expect(second).toBe(server.url);
});

async function joinUrlsOf(): Promise<readonly string[]> {
  const text = await new Promise<string>((resolve, reject) => {
    const options = { agent: false, ca: certificate.cert };
    const request = httpsRequest(`${server.url}/api/feed`, options, (answer) => {
      let heard = '';
      answer.on('data', (chunk: Buffer) => {
        heard += chunk.toString();
        if (!heard.includes('\n\n')) return;
        resolve(heard);
        request.destroy();
      });
    });
    request.on('error', reject).end();
  });
  const found = /"joinUrls":(\[[^\]]*\])/.exec(text);
  return JSON.parse(found![1]!) as string[];
}
