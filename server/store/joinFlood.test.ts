// Identities are free: what is kept of those that come, bring nothing and go is bounded, and nobody else is forgotten for it.

import { expect, it } from 'vitest';
import type { FederationEvent } from '../../shared/federation/events.ts';
import {
  createScenario,
  headerOf,
  TEST_DEVICE,
  testConfig,
} from '../../shared/federation/testing/scenario.ts';
import { createLedger, enterInLedger } from './ledger.ts';

const FLOOD = 3000;

it('a flood of joins leaves bounded state behind, and contributors, the removed and all figures stay', () => {
  const scenario = createScenario(testConfig({}, { concurrency: 10 }));
  const ledger = createLedger();
  const handle = (event: FederationEvent): void => enterInLedger(ledger, event, scenario.handle(event));
  const join = (deviceId: string): void =>
    handle({ kind: 'deviceJoined', atMs: 0, deviceId, budgetBytes: 1000, device: TEST_DEVICE });

  join('worker');
  handle({ kind: 'deviceReady', atMs: 0, deviceId: 'worker', held: [-1, -1, -1, -1] });
  const { assignmentId } = scenario.orderOf('worker');
  const header = headerOf(assignmentId);
  handle({ kind: 'updateReceived', atMs: 0, deviceId: 'worker', header, delta: new Float32Array(23) });
  handle({ kind: 'deviceLeft', atMs: 0, deviceId: 'worker' });
  join('removed');
  handle({ kind: 'deviceRemoved', atMs: 0, deviceId: 'removed' });
  for (let k = 0; k < FLOOD; k++) {
    join(`stranger${k}`);
    handle({ kind: 'deviceReady', atMs: 0, deviceId: `stranger${k}`, held: [-1, -1, -1, -1] });
    handle({ kind: 'deviceLeft', atMs: 0, deviceId: `stranger${k}` });
  }
  const { devices, accepted } = scenario.coordinator.status();
  expect(accepted).toBe(1);
  expect(devices.length).toBeLessThan(300);
  expect(ledger.devices.size).toBeLessThan(300);
  expect(devices.map(({ deviceId }) => deviceId)).toContain('worker');
  expect(ledger.devices.get('worker')).toMatchObject({ index: 0, bytesUp: 92 });
  expect(ledger.devices.get('removed')?.isRemoved).toBe(true);
  // Its number, by which shards are dealt, goes on.
  join('late');
  expect(ledger.devices.get('late')?.index).toBe(FLOOD + 2);
  const down = [...ledger.devices.values()].reduce((sum, { bytesDown }) => sum + bytesDown, 0);
  expect(down + ledger.forgotten.bytesDown).toBe((FLOOD + 1 + 1) * 92);
  expect(scenario.coordinator.census.numHere).toBe(1);
});
