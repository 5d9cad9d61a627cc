// One fleet of real tabs whose budgets differ fifty-fold: each trains what its own allows, and all of it counts.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { StepRecord } from '../shared/federation/events.ts';
import { numParameters, parametersOf } from '../shared/engine/model.ts';
import { findTask } from '../shared/tasks/tasks.ts';
import { launchChromium } from './chromium.ts';
import { deviceNamed, untilStatus } from './testing/statusOf.ts';
import { deviceStateOf, openTab } from './testing/tabs.ts';
import { startTestServer, testRun } from './testing/testServer.ts';

const KIB = 1024;
const { floor, model } = findTask('digits');

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium([]);
});
afterAll(() => browser.close());

it('a phone trains all of the model, a sensor a twentieth, a bead a slice of its width, and the run learns', async () => {
  const strategy = { trigger: { kind: 'buffer', size: 3, deadlineMs: 0 } } as const;
  const run = { subset: { kind: 'tailored' }, freshness: { kind: 'every', versions: 5 } } as const;
  const server = await startTestServer(testRun('ftte', strategy, run));
  try {
    const budgets = { phone: 4096 * KIB, sensor: 86 * KIB, bead: 24 * KIB };
    const tabs = await Promise.all(
      Object.entries(budgets).map(([name, budget]) => openTab(browser, server.url, { name, budget })),
    );
    const status = await untilStatus(
      server.url,
      ({ accuracy, devices }) => accuracy >= floor && devices.every(({ updates }) => updates >= 5),
    );
    expect(status.refusals).toEqual({});
    const [phone, sensor, bead] = Object.keys(budgets).map((name) => deviceNamed(status, name));
    /** What really travelled: elements of a mean delta, as a share of the model. */
    const coverageOf = ({ bytesUp, updates }: typeof phone & object): number =>
      bytesUp / updates / 4 / numParameters(model);
    expect(coverageOf(phone!)).toBeGreaterThanOrEqual(0.9);
    expect(coverageOf(sensor!)).toBeGreaterThan(0);
    expect(coverageOf(sensor!)).toBeLessThanOrEqual(0.05);
    expect(coverageOf(bead!)).toBeCloseTo(bead!.trainedShare, 6);
    for (const [index, name] of Object.keys(budgets).entries()) {
      const { deviceBytes, budgetBytes, trainedShare } = deviceNamed(status, name);
      expect(deviceBytes).toBeLessThanOrEqual(budgetBytes);
      const state = await deviceStateOf(tabs[index]!);
      expect(state.problem).toBe('');
      expect(state.trainedShare).toBeCloseTo(trainedShare, 9);
      const trained = state.layers.reduce((sum, layer) => sum + layer.trainedShare * layer.numParameters, 0);
      expect(trained / numParameters(model)).toBeCloseTo(trainedShare, 9);
    }
    expect((await deviceStateOf(tabs[0]!)).widthRatio).toBe(1);
    expect((await deviceStateOf(tabs[2]!)).widthRatio).toBeLessThan(0.2);
    expect(await tabs[2]!.textContent('#model-note')).toContain('narrower');

    const lines = readFileSync(join(server.runs[0]!.folder, 'metrics.jsonl'), 'utf8').trim().split('\n');
    const weights = new Map<string, number>();
    for (const { updates } of lines.map((line) => JSON.parse(line) as StepRecord))
      for (const { deviceId, weight } of updates)
        weights.set(deviceId, (weights.get(deviceId) ?? 0) + weight);
    for (const device of [phone!, sensor!, bead!]) expect(weights.get(device.deviceId)).toBeGreaterThan(1);
    for (const tab of tabs) await tab.context().close();
  } finally {
    await server.close();
  }
});

it('two tabs that hold no more than a slice of the large layer in turn move all of it', async () => {
  const strategy = { trigger: { kind: 'buffer', size: 1, deadlineMs: 0 } } as const;
  const run = { subset: { kind: 'rotating' }, freshness: { kind: 'every', versions: 5 } } as const;
  const server = await startTestServer(testRun('ftte', strategy, run));
  try {
    const before = server.runs[0]!.parameters;
    const tabs = await Promise.all(
      ['a', 'b'].map((name) => openTab(browser, server.url, { name, budget: 164 * KIB })),
    );
    const status = await untilStatus(
      server.url,
      ({ devices }) => devices.length === 2 && devices.every(({ updates }) => updates >= 12),
    );
    expect(status.refusals).toEqual({});
    for (const { trainedShare, deviceBytes, budgetBytes } of status.devices) {
      expect(trainedShare).toBeLessThan(0.3);
      expect(deviceBytes).toBeLessThanOrEqual(budgetBytes);
    }
    for (const tab of tabs) expect((await deviceStateOf(tab)).problem).toBe('');
    // All eight slices of the large layer have moved: none was left out.
    const dense1 = parametersOf(model).findIndex(({ name }) => name === 'dense1.weight');
    const outputs = parametersOf(model)[dense1]!.shape.at(-1)!;
    const moved = new Set<number>();
    server.runs[0]!.parameters[dense1]!.forEach((value, j) => {
      if (value !== before[dense1]![j]) moved.add(Math.floor(((j % outputs) * 8) / outputs));
    });
    expect(moved.size).toBe(8);
    for (const tab of tabs) await tab.context().close();
  } finally {
    await server.close();
  }
});
