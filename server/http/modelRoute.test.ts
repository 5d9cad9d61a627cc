// GET /api/model on a real server: what comes is the model, and only what the asker lacks of it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveStrategy } from '../../shared/federation/config.ts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parametersOf } from '../../shared/engine/model.ts';
import { extentsOf } from '../../shared/engine/scheme.ts';
import { decodeWeight, weightBytes } from '../../shared/engine/weightCodec.ts';
import { decodeModel } from '../../shared/contract/modelCodec.ts';
import { startServer, type RunningServer } from '../startServer.ts';
import { connectLoadDevice } from '../testing/loadDevice.ts';
import { TINY_TASK, TINY_TENSOR_SIZES, tinyRun, tinyServerOptions } from '../testing/tinyTask.ts';

const SPECS = parametersOf(TINY_TASK.model);
const NUM_PARAMETERS = TINY_TENSOR_SIZES.reduce((sum, size) => sum + size, 0);

let runsDir = '';
let server: RunningServer;

beforeEach(async () => {
  runsDir = mkdtempSync(join(tmpdir(), 'minnow-model-'));
  const strategy = resolveStrategy({
    ...tinyRun('one').strategy,
    trigger: { kind: 'buffer', size: 1, deadlineMs: 0 },
  });
  const runs = [
    tinyRun('one', { strategy }),
    tinyRun('two', { encoding: { up: { kind: 'float32' }, down: 'float16' } }),
  ];
  server = await startServer(tinyServerOptions(runsDir, runs));
});
afterEach(async () => {
  await server.close();
  rmSync(runsDir, { recursive: true, force: true });
});

async function ask(search = '') {
  const answer = await fetch(`${server.url}/api/model${search}`);
  expect(answer.status).toBe(200);
  const { header, blocks } = decodeModel(await answer.arrayBuffer());
  let end = 0;
  const values = header.blocks.map(({ tensor, precision }) => {
    const matrix = extentsOf(SPECS[tensor]!);
    const bytes = new Uint8Array(blocks, end, weightBytes(matrix, precision));
    end += bytes.length;
    return decodeWeight(bytes, matrix, precision);
  });
  expect(end).toBe(blocks.byteLength);
  return { ...header, values };
}

async function statusOf(search: string, init?: RequestInit): Promise<number> {
  return (await fetch(`${server.url}/api/model${search}`, init)).status;
}

it('brings all tensors to who holds none, in the precision in which the run sends them', async () => {
  const whole = await ask();
  expect(whole.version).toBe(0);
  expect(whole.blocks.map(({ tensor }) => tensor)).toEqual([0, 1, 2, 3]);
  expect(whole.values).toEqual(server.runs[0]!.parameters);
  const half = await ask('?run=two');
  expect(half.blocks.map(({ precision }) => precision)).toEqual(SPECS.map(() => 'float16'));
  half.values.forEach((values, tensor) =>
    values.forEach((value, i) => expect(value).toBeCloseTo(server.runs[1]!.parameters[tensor]![i]!, 2)),
  );
});

it('brings nothing that the asker holds, and after a step what it lacks', async () => {
  const before = await ask();
  const held = before.blocks.map(({ version }) => version).join();
  expect((await ask(`?held=${held}`)).blocks).toEqual([]);

  const device = await connectLoadDevice(server.url, { numTensors: SPECS.length });
  await device.join({});
  await device.send('ready', { held: SPECS.map(() => -1) });
  const { assignment } = await device.nextAssignment();
  await device.update(assignment.assignmentId, new Float32Array(NUM_PARAMETERS).fill(0.25));
  await expect.poll(() => server.runs[0]!.version, { timeout: 10_000 }).toBe(1);
  device.close();

  const after = await ask(`?held=${held}`);
  expect(after.version).toBe(1);
  expect(after.blocks.map(({ version }) => version)).toEqual(SPECS.map(() => 1));
  expect(after.values).toEqual(server.runs[0]!.parameters);
  expect((await ask('?held=1,1,0,1')).blocks.map(({ tensor }) => tensor)).toEqual([2]);
});

it('refuses a run that is not there, versions that are none, and any other method', async () => {
  expect(await statusOf('?run=nine')).toBe(404);
  for (const held of ['', '1,1', '1,1,1,x', '1,1,1,1,1', '1,1,1,0.5'])
    expect(await statusOf(`?held=${held}`)).toBe(400);
  expect(await statusOf('', { method: 'POST' })).toBe(405);
  expect(await statusOf('', { method: 'HEAD' })).toBe(200);
});
