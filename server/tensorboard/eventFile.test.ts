// Judged by protobufjs with TensorFlow's own definitions, and by published checksums.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { afterEach, beforeEach, expect, it, test, vi } from 'vitest';
import { connectLoadDevice } from '../testing/loadDevice.ts';
import { TINY_TENSOR_SIZES, tinyRun, tinyServerOptions } from '../testing/tinyTask.ts';
import { startServer } from '../startServer.ts';
import { openEventFile } from './eventFile.ts';
import { crc32c } from './recordFraming.ts';
import { openRunScalars, writeSimulationScalars } from './runScalars.ts';

/** tensorflow/core/util/event.proto and framework/summary.proto, what scalars need of them. */
const PROTO = `
  syntax = "proto3";
  package tensorflow;
  message Summary {
    message Value { string node_name = 7; string tag = 1; oneof value { float simple_value = 2; } }
    repeated Value value = 1;
  }
  message Event {
    double wall_time = 1;
    int64 step = 2;
    oneof what { string file_version = 3; bytes graph_def = 4; Summary summary = 5; }
  }`;
const EVENT = protobuf.parse(PROTO, { keepCase: true }).root.lookupType('tensorflow.Event');

interface ReadEvent {
  readonly wall_time: number;
  readonly step: number;
  readonly file_version?: string;
  readonly summary?: { readonly value: readonly { readonly tag: string; readonly simple_value: number }[] };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'minnow-events-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** As TensorFlow unmasks: the inverse of what is written. */
function unmasked(stored: number): number {
  const rotated = (stored - 0xa282ead8) >>> 0;
  return ((rotated << 15) | (rotated >>> 17)) >>> 0;
}

/** Reads all event files of the folder, checksums included. */
function readEvents(path: string): ReadEvent[] {
  return readdirSync(path).flatMap((name) => {
    expect(name).toMatch(/^events\.out\.tfevents\.\d+\./);
    const bytes = readFileSync(join(path, name));
    const events: ReadEvent[] = [];
    for (let at = 0; at < bytes.length;) {
      const length = Number(bytes.readBigUInt64LE(at));
      expect(unmasked(bytes.readUInt32LE(at + 8))).toBe(crc32c(bytes.subarray(at, at + 8)));
      const record = bytes.subarray(at + 12, at + 12 + length);
      expect(unmasked(bytes.readUInt32LE(at + 12 + length))).toBe(crc32c(record));
      events.push(EVENT.toObject(EVENT.decode(record), { longs: Number }) as ReadEvent);
      at += 12 + length + 4;
    }
    return events;
  });
}

function scalarsOf(event: ReadEvent): Record<string, number> {
  return Object.fromEntries(event.summary!.value.map(({ tag, simple_value }) => [tag, simple_value]));
}

test.each<[string, Uint8Array, number]>([
  ['the check value of the polynomial', Buffer.from('123456789'), 0xe3069283],
  ['RFC 3720: 32 bytes of zeros', Buffer.alloc(32), 0x8a9136aa],
  ['RFC 3720: 32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['RFC 3720: 32 rising bytes', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
])('CRC-32C of %s', (_name, bytes, crc) => {
  expect(crc32c(bytes)).toBe(crc);
});

it('an event file holds what was added, by protobuf’s own reading', () => {
  const file = openEventFile(folder, 1_700_000_000.5);
  file.add(1_700_000_001.25, 0, { accuracy: 0.5 });
  file.add(1_700_000_002, 300, { accuracy: 0.75, 'Größe/loss': 1e-8 });
  file.add(1_700_000_003, 2 ** 40, { x: 16_777_216 });
  file.add(1_700_000_004, 7, {});
  file.close();
  const [first, ...events] = readEvents(folder);
  expect(first).toMatchObject({ wall_time: 1_700_000_000.5, file_version: 'brain.Event:2' });
  expect(events.map(({ wall_time, step }) => [wall_time, step])).toEqual([
    [1_700_000_001.25, 0],
    [1_700_000_002, 300],
    [1_700_000_003, 2 ** 40],
  ]);
  expect(events.map(scalarsOf)).toEqual([
    { accuracy: 0.5 },
    { accuracy: 0.75, 'Größe/loss': Math.fround(1e-8) },
    { x: 16_777_216 },
  ]);
});

it('files of one folder and second are two', () => {
  for (const _ of [1, 2]) openEventFile(folder, 5).close();
  expect(readdirSync(folder)).toHaveLength(2);
});

it('a live run writes steps and evaluations, and after a restart another file beside the first', async () => {
  const options = { ...tinyServerOptions(folder, [tinyRun('run')]), tensorboard: join(folder, 'board') };
  for (const restart of [0, 1]) {
    const server = await startServer(options);
    const run = server.runs[0]!;
    const device = await connectLoadDevice(server.url, { numTensors: TINY_TENSOR_SIZES.length });
    await device.join();
    await device.send('ready', { held: TINY_TENSOR_SIZES.map(() => -1) });
    for (let update = 0; update < 4; update++) {
      const { assignment } = await device.nextAssignment();
      await device.update(assignment.assignmentId, new Float32Array(16).fill(0.01));
    }
    await run.whenVersion(2 * (restart + 1));
    device.close();
    await server.close();
  }
  const path = join(folder, 'board', 'run');
  expect(readdirSync(path)).toHaveLength(2);
  const events = readEvents(path).filter(({ summary }) => summary);
  const steps = events.filter((event) => 'staleness' in scalarsOf(event));
  expect(steps.map(({ step }) => step).sort()).toEqual([1, 2, 3, 4]);
  const last = scalarsOf(steps.find(({ step }) => step === 4)!);
  expect(last).toMatchObject({ 'updates/accepted': 8, 'updates/clipped': 0 });
  expect(last['payload/bytes']).toBeGreaterThan(8 * 16 * 4);
  const evaluated = events.find((event) => event.step === 4 && 'accuracy' in scalarsOf(event))!;
  expect(scalarsOf(evaluated)['loss/held-out']).toBeGreaterThan(0);
  const nowSeconds = Date.now() / 1000;
  for (const { wall_time } of events) expect(Math.abs(wall_time - nowSeconds)).toBeLessThan(3600);
});

it('a disk that refuses is told once, and the run goes on', () => {
  const tell = vi.fn<(note: string) => void>();
  writeFileSync(join(folder, 'file'), '');
  const scalars = openRunScalars(join(folder, 'file', 'run'), 'accuracy', tell);
  scalars.addEvaluation({ version: 1, score: 1, accuracy: 1, loss: 0 });
  scalars.close();
  expect(tell).toHaveBeenCalledOnce();
  expect(tell.mock.calls[0]![0]).toContain('nothing more is written for TensorBoard');
});

it('a simulation is written in its virtual time, without what there is none of', () => {
  const point = { virtualSeconds: 2, version: 3, updates: 15, payloadBytes: 1000, loss: 0.5 };
  const result = {
    curve: [{ ...point, score: 0.25, accuracy: -1 }],
    versions: 4,
    virtualSeconds: 2.5,
    updates: 20,
    refused: 1,
    clippedTensors: 0,
    payloadBytes: 1500,
    stalenessMean: 1.5,
    finalScore: 0.125,
    finalAccuracy: -1,
    finalLoss: Number.NaN,
  };
  writeSimulationScalars(folder, 'mse', result as never);
  const events = readEvents(folder).slice(1);
  expect(events.map(({ wall_time, step }) => [wall_time, step])).toEqual([
    [2, 3],
    [2.5, 4],
  ]);
  expect(events.map(scalarsOf)).toEqual([
    { mse: 0.25, 'loss/held-out': 0.5, 'updates/accepted': 15, 'payload/bytes': 1000 },
    {
      'updates/accepted': 20,
      'updates/refused': 1,
      'updates/clipped': 0,
      'payload/bytes': 1500,
      staleness: 1.5,
      'test/mse': 0.125,
    },
  ]);
});
