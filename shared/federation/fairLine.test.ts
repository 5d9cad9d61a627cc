// Who gets work where there is not enough for all: identities are free, addresses are not.

import { describe, expect, it } from 'vitest';
import { createScenario, FULL_BYTES, testConfig, type Scenario } from './testing/scenario.ts';

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, k) => `${prefix}${k}`);

/** All join from one address and ask for work. */
function crowd(scenario: Scenario, prefix: string, count: number, origin: string): string[] {
  const ids = names(prefix, count);
  for (const id of ids) {
    scenario.join(id, FULL_BYTES, origin);
    scenario.ready(id);
  }
  return ids;
}

const atWork = ({ coordinator }: Scenario, prefix: string) =>
  coordinator
    .status()
    .devices.filter((device) => device.deviceId.startsWith(prefix) && device.openAssignment !== '').length;

const K2 = { trigger: { kind: 'buffer', size: 2, deadlineMs: 0 } } as const;

describe('a hundred identities of one address that never answer', () => {
  it('hold no place that a device of another address waits for', () => {
    const scenario = createScenario(testConfig(K2, { concurrency: 100, leaseMs: 600_000 }));
    crowd(scenario, 'silent', 100, 'x');
    expect(atWork(scenario, 'silent')).toBe(100);
    crowd(scenario, 'honest', 20, 'y');
    expect(atWork(scenario, 'honest')).toBe(20);
  });

  it('make place, even for those of their own address, after what an assignment was expected to take', () => {
    const scenario = createScenario(testConfig(K2, { concurrency: 100, leaseMs: 600_000 }));
    crowd(scenario, 'silent', 100, 'x');
    crowd(scenario, 'honest', 20, 'x');
    expect(atWork(scenario, 'honest')).toBe(0);
    const { wakeAtMs } = scenario.coordinator;
    expect(wakeAtMs).toBe(60_000);
    scenario.wait(60_000);
    expect(atWork(scenario, 'honest')).toBe(20);
    // From then on more is known: the next ones are taken for silent sooner.
    scenario.nowMs += 2000;
    expect(scenario.upload(scenario.orderOf('honest0'), 0.1)).toMatchObject({ accepted: true });
    expect(scenario.coordinator.version).toBe(0);
    scenario.upload(scenario.orderOf('honest1'), 0.1);
    expect(scenario.coordinator.version).toBe(1);
  });

  it('lose nothing by having been slow: an update that comes while the lease runs counts', () => {
    const scenario = createScenario(testConfig({}, { concurrency: 1, leaseMs: 600_000 }));
    const order = scenario.start('slow');
    scenario.join('other');
    scenario.ready('other');
    scenario.wait(590_000);
    expect(scenario.upload(order, 0.1)).toMatchObject({ accepted: true });
    // And it is known how long it takes.
    scenario.upload(scenario.orderOf('other'), 0.1);
    const { assignments } = JSON.parse(scenario.coordinator.snapshot().json) as {
      assignments: { deviceId: string; placeEndMs: number; leaseEndMs: number }[];
    };
    const slow = assignments.find(({ deviceId }) => deviceId === 'slow');
    expect(slow?.placeEndMs).toBe(slow?.leaseEndMs);
  });

  it('come last once they have been silent twice', () => {
    const scenario = createScenario(testConfig({}, { concurrency: 1, leaseMs: 70_000 }));
    scenario.start('silent');
    for (let round = 0; round < 2; round++) {
      scenario.wait(70_000);
      scenario.ready('silent');
    }
    scenario.join('b');
    scenario.ready('b');
    scenario.join('c');
    scenario.ready('c');
    scenario.leave('silent');
    scenario.join('silent');
    expect(atWork(scenario, 'b')).toBe(1);
    scenario.ready('silent');
    scenario.upload(scenario.orderOf('b'), 0.1);
    expect(atWork(scenario, 'c')).toBe(1);
    scenario.upload(scenario.orderOf('c'), 0.1);
    expect([atWork(scenario, 'b'), atWork(scenario, 'silent')]).toEqual([1, 0]);
  });

  it('do not make the buffer larger, nor a cohort wait for them', () => {
    const buffered = createScenario(
      testConfig(
        { trigger: { kind: 'buffer', size: 2, deviceShare: 0.5, deadlineMs: 0 } },
        { leaseMs: 600_000 },
      ),
    );
    crowd(buffered, 'silent', 50, 'x');
    crowd(buffered, 'honest', 4, 'y');
    buffered.wait(60_000);
    for (const id of names('honest', 4)) buffered.ready(id);
    for (const id of ['honest0', 'honest1']) buffered.upload(buffered.orderOf(id), 0.1);
    expect(buffered.coordinator.version).toBe(1);

    const cohort = createScenario(
      testConfig({ trigger: { kind: 'cohort', size: 4, first: 4, deadlineMs: 0 } }, { leaseMs: 600_000 }),
    );
    crowd(cohort, 'silent', 2, 'x');
    crowd(cohort, 'honest', 2, 'y');
    for (const id of names('honest', 2)) cohort.upload(cohort.orderOf(id), 0.1);
    expect(cohort.coordinator.version).toBe(0);
    cohort.wait(240_000);
    expect(cohort.coordinator.version).toBe(1);
    for (const id of names('honest', 2)) expect(cohort.orderOf(id).baseVersion).toBe(1);
  });
});

describe('a class behind one address', () => {
  it('has all places when nobody else wants them, and fills buffers alone', () => {
    const scenario = createScenario(
      testConfig({ trigger: { kind: 'buffer', size: 10, deadlineMs: 0 } }, { concurrency: 40 }),
    );
    const pupils = crowd(scenario, 'pupil', 40, 'school');
    expect(atWork(scenario, 'pupil')).toBe(40);
    for (const id of pupils.slice(0, 10)) scenario.upload(scenario.orderOf(id), 0.1);
    expect(scenario.coordinator.version).toBe(1);
    expect(atWork(scenario, 'pupil')).toBe(40);
  });

  it('shares where places are short: each address has as many, in the order of asking', () => {
    const scenario = createScenario(
      testConfig({ trigger: { kind: 'buffer', size: 100, deadlineMs: 0 } }, { concurrency: 4 }),
    );
    crowd(scenario, 'a', 10, 'x');
    crowd(scenario, 'b', 10, 'y');
    expect([atWork(scenario, 'a'), atWork(scenario, 'b')]).toEqual([4, 2]);
    for (const id of names('a', 4)) scenario.upload(scenario.orderOf(id), 0.1);
    // Updates in the buffer count as had.
    expect([atWork(scenario, 'a'), atWork(scenario, 'b')]).toEqual([0, 4]);
  });
});
