// Every message between devices, dashboards and server, to the byte: the device's own end against a real server, with a tap
// between them. It says that a change which is to change nothing on the wire has changed nothing; where one is to, write the
// bytes anew, say why in the commit, and think of PROTOCOL_VERSION (docs/protocol.md, "Versions"):
//
//     npm test -- e2e/golden -u

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSession, type Session } from '../../client/device/session.ts';
import type { Assignment, Join, Joined, Refusal, UpdateHeader } from '../../shared/contract/messages.ts';
import type { RunConfig } from '../../shared/federation/config.ts';
import { tinyRun, tinyServerOptions } from '../../server/testing/tinyTask.ts';
import { startServer, type RunningServer } from '../../server/startServer.ts';
import { openWiretap, type Frame, type Wiretap } from './wiretap.ts';
import { BAD_COMMANDS, COMMANDS } from './commands.ts';

const NUM_PARAMETERS = 16;
const NOTHING = [-1, -1, -1, -1];
const JOIN: Join = {
  run: '',
  token: '',
  budgetBytes: 4_194_304,
  dataSeed: -1,
  device: {
    name: 'phone 3',
    browser: 'Chrome 156 (Android)',
    cores: 8,
    backend: 'auto',
    profile: 'phone',
    flopsPerSecond: 2e8,
    stragglerFactor: 1,
  },
};

let runsDir = '';
let server: RunningServer;
let tap: Wiretap;
let devices: Device[] = [];

beforeEach(() => {
  runsDir = mkdtempSync(join(tmpdir(), 'minnow-wire-'));
});
afterEach(async () => {
  for (const { session } of devices) session.close();
  devices = [];
  tap.close();
  await server.close();
  rmSync(runsDir, { recursive: true, force: true });
});

async function open(run: RunConfig, joinCode?: string): Promise<void> {
  server = await startServer({
    ...tinyServerOptions(runsDir, [run]),
    ...(joinCode === undefined ? {} : { joinCode }),
    evaluateEveryMs: 20,
  });
  tap = await openWiretap(server.url);
}

const until = (check: () => boolean) => expect.poll(check, { interval: 5, timeout: 20_000 }).toBe(true);

/** What the device's end makes of what comes. */
interface Device {
  readonly session: Session;
  readonly joined: Joined[];
  readonly assignments: Assignment[];
  readonly refusals: Refusal[];
  numPaces: number;
}

function connect(join: Partial<Join> = {}, code?: string): Device {
  const device: Device = {
    joined: [],
    assignments: [],
    refusals: [],
    numPaces: 0,
    session: openSession(
      tap.url,
      {
        join: () => ({ ...JOIN, ...join }),
        joined: (joined) => device.joined.push(joined),
        assignment(assignment, _blocks, answer) {
          device.assignments.push(assignment);
          answer({ ok: true });
        },
        progress: () => {},
        pace: () => device.numPaces++,
        lost: () => {},
        retrying: () => {},
        refused: (refusal) => device.refusals.push(refusal),
      },
      code,
    ),
  };
  devices.push(device);
  return device;
}

async function joinAs(join: Partial<Join> = {}, code?: string): Promise<Device> {
  const device = connect(join, code);
  await until(() => device.joined.length === 1 && device.numPaces === 1);
  return device;
}

/** Says anything at all on a connection that has joined; resolves when it was answered. */
async function say(...frames: readonly (string | Uint8Array)[]): Promise<void> {
  const socket = new WebSocket(`${tap.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  const heard: string[] = [];
  socket.on('message', (data) => heard.push((data as Buffer).toString()));
  await until(() => heard.length === 1);
  for (const [i, frame] of frames.entries()) {
    const before = heard.filter(isAnswer).length;
    socket.send(frame);
    // A header is answered when its attachment has come.
    if (typeof frames[i + 1] !== 'object') await until(() => heard.filter(isAnswer).length > before);
  }
  socket.terminate();
}
const isAnswer = (text: string): boolean => /^4[034]/.test(text);

function headerOf(assignmentId: string, change: Partial<UpdateHeader> = {}): UpdateHeader {
  return {
    assignmentId,
    steps: 4,
    samples: 10,
    lossFirst: 0.75,
    lossLast: 0.5,
    noise: 0.25,
    stepMs: 2.5,
    overruns: 1,
    backend: 'wasm-simd',
    deviceBytes: 4096,
    allocatedBytes: 65_536,
    joinToFirstStepMs: 123.5,
    held: [0, 0, 0, 0],
    precisions: ['float32', 'float16', 'int8', 'int4'],
    moved: true,
    width: { ratio: 0.5, offset: 0.25 },
    ...change,
  };
}

const deltaOf = (value: number): ArrayBuffer => new Float32Array(NUM_PARAMETERS).fill(value).buffer;

/** Frames since the last call, connection by connection; without `progress`, pings and goodbyes, which come when they come. */
let seen = 0;
function heardSince(): Frame[] {
  const news = tap.frames.slice(seen);
  seen = tap.frames.length;
  return news
    .filter(({ text }) => !/^(2|3|41\/device,|42\/device,\["progress".*)$/.test(text))
    .sort((a, b) => a.connection - b.connection);
}

/** What differs from run to run: names by chance, secrets, times of the clock, addresses. */
function withoutChance(text: string): string {
  const deviceIds = [...new Set([...text.matchAll(/\bd[0-9a-f]{12}\b/g)].map(([id]) => id))];
  const named = deviceIds.reduce((all, id, i) => all.replaceAll(id, `DEVICE-${i}`), text);
  return named
    .replaceAll(/eyJ[\w-]+\.[\w-]+/g, 'TOKEN')
    .replaceAll(/("sid":")[\w-]+/g, '$1SID')
    .replaceAll(/("ticket":")[\w-]+/g, '$1TICKET')
    .replaceAll(/("(?:nowMs|elapsedMs)":)\d+/g, '$10')
    .replaceAll(/("(?:atMs|loss|joinUrls)":)\[[^\]]*\]/g, '$1[]')
    .replaceAll(/("name":")\w+ \w+ \d+/g, '$1NAME');
}

/** Lines by what they belong to. */
type Transcript = Map<string, readonly string[]>;

/** Of a step what the devices said, and then what the server did, each in its order. */
function noteIn(transcript: Transcript, step: string): void {
  const frames = heardSince();
  const of = (side: 'D' | 'S') =>
    frames
      .filter(({ from }) => from === side)
      .map(({ text, isBinary }) => `${side} ${isBinary ? `<${text}>` : text}`);
  transcript.set(step, [...of('D'), ...of('S')]);
}

async function expectGolden(transcript: Transcript, file: string): Promise<void> {
  const parts = [...transcript].map(([step, lines]) => `== ${step}\n${lines.join('\n')}\n`);
  await expect(withoutChance(parts.join('\n'))).toMatchFileSnapshot(file);
}

function isTaken({ from, text }: Frame): boolean {
  return from === 'D' && /^43\/device,\d+\[\{"ok":true\}\]$/.test(text);
}

/** Resolves when the device has been given so many assignments, and has said so. */
async function given({ assignments }: Device, count: number): Promise<void> {
  await until(() => assignments.length === count && tap.frames.filter(isTaken).length === count);
}

async function answerOf(path: string, init: RequestInit = {}): Promise<string> {
  const headers = { authorization: `Bearer ${server.adminToken}` };
  const answer = await fetch(`${server.url}/api/${path}`, { ...init, headers });
  return `${answer.status} ${await answer.text()}`;
}

const steer = (text: string): Promise<string> => answerOf('admin/steer', { method: 'POST', body: text });

test('a session, from its handshake to its end', async () => {
  seen = 0;
  const transcript: Transcript = new Map();
  await open(tinyRun('golden'));
  const run = server.runs[0]!;
  await until(() => run.score >= 0);
  // Told at a join, where it was told before: not to be waited for.
  const first = await joinAs();
  noteIn(transcript, 'join');
  await first.session.request('shard');
  noteIn(transcript, 'shard');
  await first.session.request('ready', { held: NOTHING });
  await given(first, 1);
  noteIn(transcript, 'ready, assignment');
  for (const [step, value] of [
    ['update, assignment', 0.01],
    ['update that fills the buffer, assignment of version 1', -0.02],
  ] as const) {
    const count = first.assignments.length;
    const { assignmentId } = first.assignments.at(-1)!;
    await first.session.request('update', headerOf(assignmentId), deltaOf(value));
    await given(first, count + 1);
    noteIn(transcript, step);
  }
  await until(() => run.evaluations.at(-1)?.version === 1);
  const isTold = (text: string): boolean =>
    /"progress".*"version":1/.test(text) && text.includes(String(run.score));
  await until(() => tap.frames.some(({ text }) => isTold(text)));
  const progress = tap.frames.find(({ text }) => isTold(text))!;
  transcript.set('progress', [`S ${progress.text}`]);
  await first.session.request('update', headerOf('golden-1'), deltaOf(-0.02));
  noteIn(transcript, 'update once more');
  const open3 = first.assignments.at(-1)!.assignmentId;
  await first.session.request('probe', { assignmentId: open3, product: 0.5, samples: 10, held: NOTHING });
  await given(first, 4);
  noteIn(transcript, 'probe of what is to be trained, assignment');
  await first.session.request('update', headerOf('golden-77', { held: NOTHING }), deltaOf(0));
  noteIn(transcript, 'update of what was never given');
  await first.session.request('ready', { held: NOTHING, diverged: true });
  await given(first, 5);
  noteIn(transcript, 'ready after a divergence, assignment');
  await first.session.request('budget', 3_000_000);
  noteIn(transcript, 'budget');
  await first.session.request('budget', 100);
  noteIn(transcript, 'budget that is too small');
  await first.session.request('leave');
  noteIn(transcript, 'leave');

  const { token } = first.joined[0]!;
  const second = await joinAs({ token });
  noteIn(transcript, 'join with a token');
  await steer('{"kind":"pause","isPaused":true}');
  await until(() => second.numPaces === 2);
  await steer('{"kind":"pause","isPaused":false}');
  await until(() => second.numPaces === 3);
  await steer('{"kind":"slow","share":1,"factor":2.5}');
  await until(() => second.numPaces === 4);
  noteIn(transcript, 'pace');
  const third = await joinAs({ token });
  await until(() => second.refusals.length === 1);
  noteIn(transcript, 'ended: superseded');
  await steer('{"kind":"begin","strategies":["fedavg"]}');
  await until(() => third.refusals.length === 1);
  noteIn(transcript, 'ended: moved');
  await expectGolden(transcript, 'session.txt');
});

test('an assignment to probe, and its answer', async () => {
  seen = 0;
  const transcript: Transcript = new Map();
  const contributions = { kind: 'probes', perGroup: 2, numBatches: 4, patienceMs: 60_000 } as const;
  await open(tinyRun('probed', { subset: { kind: 'weakest' }, contributions }));
  const device = await joinAs();
  heardSince();
  await device.session.request('ready', { held: NOTHING });
  await given(device, 1);
  noteIn(transcript, 'ready, assignment to probe');
  const { assignmentId } = device.assignments[0]!;
  await device.session.request('probe', { assignmentId, product: 0.125, samples: 10, held: NOTHING });
  await given(device, 2);
  noteIn(transcript, 'probe, assignment');
  await expectGolden(transcript, 'probing.txt');
});

test('the dashboard: what it is told, and what it may say', async () => {
  seen = 0;
  await open(tinyRun('shown'));
  const run = server.runs[0]!;
  const device = await joinAs();
  await device.session.request('ready', { held: NOTHING });
  await given(device, 1);
  for (const count of [2, 3]) {
    await device.session.request('update', headerOf(device.assignments.at(-1)!.assignmentId), deltaOf(0.01));
    await given(device, count);
  }
  await until(() => run.evaluations.length === 2 && run.evaluations.at(-1)?.version === 1);
  const { deviceId } = device.joined[0]!;
  const withId = (command: unknown): string => JSON.stringify(command).replace('"DEVICE"', `"${deviceId}"`);
  const transcript: Transcript = new Map();
  for (const path of ['feed?run=shown&once', 'status', 'history', 'steptimes', 'admin/check'])
    transcript.set(`GET ${path}`, [await answerOf(path)]);
  for (const command of [...BAD_COMMANDS, ...COMMANDS])
    transcript.set(`steer ${JSON.stringify(command)}`, [(await steer(withId(command))).trim()]);
  await expectGolden(transcript, 'dashboard.txt');
});

function updateFrame(header: object): string {
  return `451-/device,3${JSON.stringify(['update', header, { _placeholder: true, num: 0 }])}`;
}

test('what is refused', async () => {
  seen = 0;
  const transcript: Transcript = new Map();
  await open(tinyRun('refusing'), 'abcd2345');
  const connectTo = '40/device,{"protocol":4,"code":"abcd2345"}';
  const join = `42/device,0${JSON.stringify(['join', JOIN])}`;
  const said: Readonly<Record<string, readonly (string | Uint8Array)[]>> = {
    'another version': ['40/device,{"protocol":3}'],
    'no version': ['40/device,{}'],
    'no code': ['40/device,{"protocol":4}'],
    'another run': [connectTo, `42/device,0${JSON.stringify(['join', { ...JOIN, run: 'other' }])}`],
    'a join without a budget': [
      connectTo,
      `42/device,0${JSON.stringify(['join', { ...JOIN, budgetBytes: '1' }])}`,
    ],
    'a token of another server': [
      connectTo,
      `42/device,0${JSON.stringify(['join', { ...JOIN, token: 'a.b' }])}`,
    ],
    'a budget for nothing': [
      connectTo,
      `42/device,0${JSON.stringify(['join', { ...JOIN, budgetBytes: 10 }])}`,
    ],
    'work before the join': [connectTo, '42/device,0["ready",{"held":[-1,-1,-1,-1]}]'],
    'a message that there is not': [connectTo, join, '42/device,1["constructor",1]'],
    'a second join': [connectTo, join, join],
    'ready with too few tensors': [connectTo, join, '42/device,1["ready",{"held":[-1]}]'],
    'ready with nothing': [connectTo, join, '42/device,1["ready"]'],
    'a budget of text': [connectTo, join, '42/device,1["budget","much"]'],
    'a probe of one sample': [
      connectTo,
      join,
      '42/device,1["probe",{"assignmentId":"a","product":1,"samples":1,"held":[-1,-1,-1,-1]}]',
    ],
    'an update without a delta': [
      connectTo,
      join,
      `42/device,1${JSON.stringify(['update', headerOf('refusing-0')])}`,
    ],
    'an update without steps': [
      connectTo,
      join,
      updateFrame(headerOf('refusing-0', { steps: 0 })),
      new Uint8Array(NUM_PARAMETERS * 4),
    ],
    'an update without a loss': [
      connectTo,
      join,
      updateFrame({ ...headerOf('refusing-0'), lossLast: null }),
      new Uint8Array(NUM_PARAMETERS * 4),
    ],
    'an update that is too large': [
      connectTo,
      join,
      updateFrame(headerOf('refusing-0')),
      new Uint8Array(NUM_PARAMETERS * 4 + 4),
    ],
  };
  for (const [name, frames] of Object.entries(said)) {
    const numAnswers = tap.frames.filter(({ text }) => isAnswer(text)).length;
    await say(...frames);
    await until(() => tap.frames.filter(({ text }) => isAnswer(text)).length > numAnswers);
    const answer = heardSince()
      .filter(({ from, text }) => from === 'S' && isAnswer(text))
      .at(-1)!;
    transcript.set(name, [answer.text]);
  }
  transcript.set('counted', [JSON.stringify(server.status().runs[0]!.refusals)]);
  await expectGolden(transcript, 'refusals.txt');
});
