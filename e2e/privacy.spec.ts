// What leaves a tab with own data in it: every byte that its browser sends is kept on the line, taken apart, and held
// against the list of what may go out. Marks in the own data are looked for in every form.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOwnTask } from '../server/data/ownTask/openOwnTask.ts';
import { parametersOf } from '../shared/engine/model.ts';
import { PROTOCOL_VERSION } from '../shared/contract/messages.ts';
import { findTask } from '../shared/tasks/tasks.ts';
import { launchChromium } from './chromium.ts';
import { decodeSent, type SentPacket, type SentRequest } from './testing/decodeTraffic.ts';
import { bytesMarker, findMarkers, textMarker, type Marker } from './testing/markers.ts';
import { addOwn, callOwn, mirroredDigits, seededBytes, typed, watchWorkers } from './testing/ownSamples.ts';
import { openRecordingLine, type RecordingLine } from './testing/recordingLine.ts';
import { statusOf } from './testing/statusOf.ts';
import { deviceStateOf } from './testing/tabs.ts';
import { startTestServer, testRun, type TestServer } from './testing/testServer.ts';

const NUM_OWN = 60;
const task = findTask('digits');
const NUM_TENSORS = parametersOf(task.model).length;
const EXAMPLE = fileURLToPath(new URL('../docs/examples/bearings', import.meta.url));
const FILE_NAME = 'Anna Meier’s worn bearings.csv';

/** In each own sample the same sixteen pixels, and the order in which its classes were drawn. */
const PIXELS = seededBytes(17, 16);
const LABELS = seededBytes(18, NUM_OWN, 10);
/** All but every fifth of a class. */
const NUM_TRAINED = [...LABELS].filter(
  (label, i) => LABELS.subarray(0, i + 1).filter((other) => other === label).length % 5 !== 0,
).length;
/** Of the picture that is asked about. */
const ASKED = seededBytes(19, 784);

const MARKERS: readonly Marker[] = [
  bytesMarker('pixels', PIXELS, task),
  bytesMarker('the first labels', LABELS.slice(0, 24)),
  bytesMarker('the picture asked about', ASKED.slice(300, 320), task),
];

const UPDATE =
  'assignmentId steps samples lossFirst lossLast noise stepMs overruns backend deviceBytes allocatedBytes joinToFirstStepMs'.split(
    ' ',
  );
/** Fields by message, those of a device's description and of a held list included; all of them are in docs/protocol.md. */
const HOLDING = ['held', 'precisions', 'moved', 'width'];
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  probe: ['assignmentId', 'product', 'samples', ...HOLDING],
  join: ['run', 'token', 'budgetBytes', 'dataSeed', 'device'],
  ready: HOLDING,
  update: UPDATE.concat(HOLDING),
};
const DEVICE = ['name', 'browser', 'cores', 'backend', 'profile', 'flopsPerSecond', 'stragglerFactor'];
/** What a page and its Worker ask for, by path and by the names in the address. */
const REQUESTS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^\/$/, ['name', 'lang']],
  [/^\/assets\/[\w.-]+$/, []],
  [/^\/(favicon\.ico|[\w-]+\.(webmanifest|svg|png|js))$/, []],
  [/^\/socket\.io\/$/, ['EIO', 'transport', 't', 'sid']],
  [/^\/api\/model$/, ['run', 'held']],
];

describe('of a tab with own data', () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    // Nothing but the line can be reached.
    browser = await launchChromium(['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1']);
    server = await startTestServer(testRun('ftte', { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } }));
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  /** A tab that draws, trains, makes a personal model, asks both, keeps and deletes, and leaves. */
  async function live(line: RecordingLine): Promise<void> {
    const context = await browser.newContext();
    const elsewhere = requestsElsewhere(context, line.url);
    await watchWorkers(context);
    const page = await context.newPage();
    await page.goto(`${line.url}/?name=private`);
    await untilUpdates(page, 1);
    const { inputs } = mirroredDigits(1, NUM_OWN);
    for (let sample = 0; sample < NUM_OWN; sample++) inputs.set(PIXELS, sample * 784 + 30);
    await addOwn(page, { count: NUM_OWN, inputs, labels: LABELS });
    await callOwn(page, 'setDataUse', 'own');
    await callOwn(page, 'setOwnKept', true);
    await untilUpdates(page, (await deviceStateOf(page)).updates + 3);
    expect(await deviceStateOf(page)).toMatchObject({ isDemoShard: false, problem: '' });
    await callOwn(page, 'trainPersonal');
    await callOwn(page, 'predict', typed(ASKED));
    await untilUpdates(page, (await deviceStateOf(page)).updates + 2);
    await callOwn(page, 'predict', typed(ASKED));
    await callOwn(page, 'stopPredicting');
    await page.reload();
    await expect.poll(async () => (await deviceStateOf(page)).own.samples, { timeout: 20_000 }).toBe(NUM_OWN);
    await untilUpdates(page, 2);
    await callOwn(page, 'deleteOwn');
    await page.click('#leave');
    await expect.poll(async () => (await deviceStateOf(page)).phase, { timeout: 20_000 }).toBe('left');
    await context.close();
    expect(elsewhere).toEqual([]);
  }

  it.each([
    ['WebSockets', true],
    ['long-polling', false],
  ])(
    'nothing goes out over %s but the known messages, and of the data nothing',
    async (_, passesWebSockets) => {
      const line = await openRecordingLine(server.port, passesWebSockets);
      await live(line);
      line.close();
      const recordings = line.sent();
      const { requests, packets, decoded } = decodeSent(recordings);
      requests.forEach(expectKnownRequest);
      for (const packet of packets) expectKnownPacket(packet);
      // It was all there to be seen.
      const numOf = (wanted: string) => packets.filter(({ name }) => name === wanted).length;
      expect(numOf('join')).toBe(2);
      expect(numOf('update')).toBeGreaterThanOrEqual(8);
      expect(packets.some(({ values }) => (values[0] as { samples?: number })?.samples === NUM_TRAINED)).toBe(
        true,
      );
      expect(requests.filter(({ url }) => url.pathname === '/api/model').length).toBeGreaterThanOrEqual(2);
      expect(requests.some(({ method }) => method === 'POST')).toBe(!passesWebSockets);
      expect(requests.some(({ headers }) => headers.get('upgrade') === 'websocket')).toBe(true);
      // Each delta was exactly as long as its encoding is: nothing could ride behind it.
      const { refusals } = await statusOf(server.url);
      for (const code of ['malformed', 'oversized', 'wrongLength']) expect(refusals).not.toHaveProperty(code);
      expect(findMarkers(MARKERS, [...recordings.map(({ bytes }) => bytes), ...decoded])).toEqual([]);
    },
  );

  it('of a file that is chosen on the page neither its name nor a number in it goes out', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'minnow-private-'));
    const given = JSON.parse(readFileSync(join(EXAMPLE, 'task.json'), 'utf8'));
    given.model.layers.at(-1).units = 2;
    given.model.loss = 'softmaxCrossEntropy';
    writeFileSync(join(folder, 'task.json'), JSON.stringify({ ...given, metric: 'accuracy' }));
    expect(spawnSync(process.execPath, [join(EXAMPLE, 'makeData.mjs'), folder]).status).toBe(0);
    const own = await openOwnTask(join(folder, 'task.json'));
    const { task } = own;
    const bearings = await startTestServer(
      testRun(
        'ftte',
        { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } },
        { task: task.id, localWork: task.localWork },
      ),
      120,
      { openTask: () => Promise.resolve(own), taskFile: own.file },
    );
    const line = await openRecordingLine(bearings.port);
    const context = await browser.newContext();
    try {
      const rows = Array.from({ length: 20 }, (_, i) => {
        const values = [2071.53125, 0.7218281828, 35.0625 + i, 4.9348022, 68.71828];
        return [...values, ['good', 'worn'][i % 2]].join(',');
      });
      const text = ['speed,load,temperature,vibration,noise,state', ...rows].join('\n');
      const page = await context.newPage();
      await page.goto(`${line.url}/?name=private&lang=en`);
      await page.setInputFiles('#own-card input[type=file]', {
        name: FILE_NAME,
        mimeType: 'text/csv',
        buffer: Buffer.from(text),
      });
      await page.click('#own-card .own-current button.primary');
      await expect.poll(async () => (await deviceStateOf(page)).own.samples, { timeout: 20_000 }).toBe(20);
      await untilUpdates(page, (await deviceStateOf(page)).updates + 3);
      expect(await deviceStateOf(page)).toMatchObject({ isDemoShard: false, problem: '' });
    } finally {
      await context.close();
      line.close();
      await bearings.close();
      rmSync(folder, { recursive: true });
    }
    const { requests, packets, decoded } = decodeSent(line.sent());
    requests.forEach(expectKnownRequest);
    for (const packet of packets) expectKnownPacket(packet, 4);
    expect(packets.filter(({ name }) => name === 'update').length).toBeGreaterThanOrEqual(3);
    const { columns } = task.table!;
    const scaled = [0.7218281828, 4.9348022].map((value, i) => {
      const { scale, offset } = columns[i === 0 ? 1 : 3]!;
      return Buffer.from(Float32Array.of(value * scale + offset).buffer);
    });
    const marked: Marker[] = [
      textMarker('file name', FILE_NAME),
      textMarker('number', '0.7218281828'),
      textMarker('other number', '4.9348022'),
      { name: 'input', forms: scaled.map((bytes) => ({ name: 'float32', bytes })) },
    ];
    const raw = line.sent().map(({ bytes }) => bytes);
    expect(findMarkers(marked, [...raw, ...decoded])).toEqual([]);
  });

  it('a leak of any of them would have been seen', async () => {
    const line = await openRecordingLine(server.port);
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${line.url}/dashboard`);
    const leak = { pixels: [...PIXELS], labels: [...LABELS], name: FILE_NAME };
    await page.evaluate(async ({ pixels, labels, name }) => {
      const scaled = Float32Array.from(pixels, (value) => value * (2 / 255) - 0.26);
      await fetch('/api/health', { method: 'POST', body: Uint8Array.from(pixels) });
      await fetch('/api/health', { method: 'POST', body: scaled });
      await fetch('/api/health', { method: 'POST', body: JSON.stringify({ pixels }) });
      await fetch('/api/health', { method: 'POST', body: btoa(`x${String.fromCharCode(...labels)}`) });
      await fetch(`/api/health?name=${encodeURIComponent(name)}`);
      await new Promise<void>((resolve) => {
        const socket = new WebSocket(
          `${location.origin.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`,
        );
        socket.addEventListener('open', () => {
          socket.send(Uint8Array.from(labels));
          socket.send('4["private"]');
        });
        socket.addEventListener('close', () => resolve());
      });
    }, leak);
    await context.close();
    line.close();
    const marked = [...MARKERS, textMarker('name', FILE_NAME)];
    const raw = line.sent().map(({ bytes }) => bytes);
    const { requests, decoded } = decodeSent(line.sent(), { isStrict: false });
    const seen = findMarkers(marked, [...raw, ...decoded]);
    expect(seen).toEqual(
      expect.arrayContaining([
        'pixels as bytes',
        'pixels as scaled float32',
        'pixels as JSON',
        'the first labels as base64 (1)',
        'the first labels as bytes',
        'name as in an address',
      ]),
    );
    expect(findMarkers(MARKERS, raw)).not.toContain('the first labels as bytes');
    expect(() => requests.forEach(expectKnownRequest)).toThrow();
  });
});

/** Addresses of requests that the line cannot have seen. */
function requestsElsewhere(context: BrowserContext, url: string): string[] {
  const elsewhere: string[] = [];
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== url && protocol !== 'blob:' && protocol !== 'data:') elsewhere.push(request.url());
  });
  return elsewhere;
}

async function untilUpdates(page: Page, least: number): Promise<void> {
  await page.waitForFunction((n) => Number(document.documentElement.dataset['updates']) >= n, least);
}

function expectKnownRequest({ method, url, headers, body }: SentRequest): void {
  const known = REQUESTS.find(([path]) => path.test(url.pathname));
  expect(known, `${method} ${url.pathname}`).toBeDefined();
  for (const name of url.searchParams.keys()) expect(known![1], `${url.pathname}?${name}=`).toContain(name);
  if (url.searchParams.has('held')) expect(url.searchParams.get('held')).toMatch(/^-?\d+(,-?\d+)*$/);
  if (method === 'POST') expect(url.pathname).toBe('/socket.io/');
  else {
    expect(method).toBe('GET');
    expect(body).toHaveLength(0);
  }
  expect(headers.has('cookie')).toBe(false);
}

function expectKnownPacket(
  { kind, namespace, name, values, attachments }: SentPacket,
  numTensors = NUM_TENSORS,
): void {
  expect(namespace).toBe('/device');
  if (kind === 'connect') return expect(values).toEqual([{ protocol: PROTOCOL_VERSION }]);
  if (kind === 'disconnect') return expect(values).toEqual([]);
  if (kind === 'answer') return expect(values).toEqual([{ ok: expect.any(Boolean) }]);
  expect(attachments, name).toHaveLength(name === 'update' ? 1 : 0);
  if (name === 'leave' || name === 'shard') return expect(values).toEqual([]);
  const [message] = values as [Record<string, unknown>];
  expect(FIELDS, name).toHaveProperty(name);
  expectFields(name, message, FIELDS[name]!);
  if (name === 'join') expectFields('join.device', message['device'] as object, DEVICE);
  // A number for each tensor: there is no room for data in them.
  if ('held' in message) expect(message['held']).toHaveLength(numTensors);
}

function expectFields(name: string, message: object, known: readonly string[]): void {
  expect(known, name).toEqual(expect.arrayContaining(Object.keys(message)));
}
