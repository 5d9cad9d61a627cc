// A server with two tiny runs for each test, and devices whose deltas are made up, over real sockets.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import type { DeviceStatus, RunStatus } from '../../shared/contract/status.ts';
import { type Answer, type Joined, type Refusal } from '../../shared/contract/messages.ts';
import { startServer, type RunningServer, type ServerOptions } from '../startServer.ts';
import { connectLoadDevice, type LoadDevice, type LoadDeviceOptions } from './loadDevice.ts';
import { TINY_TENSOR_SIZES, tinyRun, tinyServerOptions } from './tinyTask.ts';

export const NUM_TENSORS = TINY_TENSOR_SIZES.length;
export const NUM_PARAMETERS = TINY_TENSOR_SIZES.reduce((sum, size) => sum + size, 0);
export const HOLDS_NOTHING = { held: TINY_TENSOR_SIZES.map(() => -1) };

export interface GatewayScene {
  readonly server: () => RunningServer;
  readonly runsDir: () => string;
  /** Of the run `one`. */
  readonly one: () => RunStatus;
  readonly deviceOf: (deviceId: string) => DeviceStatus;
  readonly restart: (options?: Partial<ServerOptions>) => Promise<void>;
  readonly connect: (options?: Partial<LoadDeviceOptions>) => Promise<LoadDevice>;
  readonly connectAndJoin: (token?: string) => Promise<{ device: LoadDevice; joined: Joined }>;
  /** A device that has joined, asked for work and got it. */
  readonly connectWithWork: () => Promise<{ device: LoadDevice; joined: Joined; assignmentId: string }>;
}

/** To be called once by a test file: each of its tests has a server of its own. */
export function openGatewayScene(): GatewayScene {
  let runsDir = '';
  let server: RunningServer;
  let devices: LoadDevice[] = [];

  beforeEach(async () => {
    runsDir = mkdtempSync(join(tmpdir(), 'minnow-gateway-'));
    await start();
  });
  afterEach(async () => {
    for (const device of devices) device.close();
    devices = [];
    await server.close();
    rmSync(runsDir, { recursive: true, force: true });
  });

  async function start(options: Partial<ServerOptions> = {}): Promise<void> {
    server = await startServer({
      ...tinyServerOptions(runsDir, [tinyRun('one'), tinyRun('two')]),
      ...options,
    });
  }

  async function restart(options: Partial<ServerOptions> = {}): Promise<void> {
    await server.close();
    await start(options);
  }

  async function connect(options: Partial<LoadDeviceOptions> = {}): Promise<LoadDevice> {
    const device = await connectLoadDevice(server.url, { numTensors: NUM_TENSORS, ...options });
    devices.push(device);
    return device;
  }

  async function connectAndJoin(token = ''): Promise<{ device: LoadDevice; joined: Joined }> {
    const device = await connect();
    return { device, joined: accepted(await device.join({ token })) };
  }

  /** A device that has joined, asked for work and got it. */
  async function connectWithWork(): Promise<{ device: LoadDevice; joined: Joined; assignmentId: string }> {
    const { device, joined } = await connectAndJoin();
    accepted(await device.send('ready', HOLDS_NOTHING));
    return { device, joined, assignmentId: (await device.nextAssignment()).assignment.assignmentId };
  }

  const one = () => server.runs[0]!.status();
  const deviceOf = (deviceId: string) => one().devices.find((device) => device.deviceId === deviceId)!;

  return {
    server: () => server,
    runsDir: () => runsDir,
    one,
    deviceOf,
    restart,
    connect,
    connectAndJoin,
    connectWithWork,
  };
}

export function accepted<T>(answer: Answer<T>): T {
  expect(answer).toMatchObject({ ok: true });
  return answer as T;
}

export function refused(answer: Answer<object>): Refusal {
  expect(answer.ok).toBe(false);
  return answer as Refusal;
}

export const delta = (value = 0.01) => new Float32Array(NUM_PARAMETERS).fill(value);
export const until = (check: () => boolean) =>
  expect.poll(check, { interval: 5, timeout: 10_000 }).toBe(true);
