// A thousand random lives of a fleet: whatever devices do, nothing leaks, nothing stalls, nothing goes back.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { restoreCoordinator } from './coordinator.ts';
import { selectByBytes, TINY_MODEL, TINY_PROBES } from './testing/scenario.ts';
import { journalForm } from './refusedUpdate.ts';
import { createLife, live, play } from './testing/lives.ts';
import { changes, config, NUM_DEVICES, schedule } from './testing/schedules.ts';

const NUM_SCHEDULES = 1000;
/** Busy machines included. */
const LONGEST_MS = 600_000;
const SEED = 20_250_603;

describe('random schedules', () => {
  it(
    'leak nothing, never stall, count every accepted update once and never go back',
    () => {
      let steps = 0;
      let updates = 0;
      fc.assert(
        fc.property(config, changes, schedule, (config, changes, actions) => {
          const life = createLife(config, changes);
          play(life, actions);
          // Everybody goes: nothing may be left but the figures, and what a buffer without a deadline still holds.
          for (let d = 0; d < NUM_DEVICES; d++)
            live(life, { kind: 'deviceLeft', atMs: life.nowMs, deviceId: `device${d}` });
          live(life, { kind: 'clockAdvanced', atMs: (life.nowMs += 100_000) });
          const { assignmentsOut, buffered, choices } = life.coordinator.status();
          expect([assignmentsOut, choices, life.coordinator.wakeAtMs]).toEqual([0, [], null]);
          const { trigger } = life.coordinator.config.strategy;
          if (trigger.kind === 'cohort' || trigger.deadlineMs > 0) expect(buffered).toBe(0);
          steps += life.coordinator.version;
          updates += life.accepted.size;
        }),
        { numRuns: NUM_SCHEDULES, seed: SEED },
      );
      // The schedules do exercise the machine.
      expect(steps).toBeGreaterThan(NUM_SCHEDULES);
      expect(updates).toBeGreaterThan(2 * NUM_SCHEDULES);
    },
    LONGEST_MS,
  );

  it('continued from a snapshot at any event lead to the same effects and, byte for byte, the same state', () => {
    fc.assert(
      fc.property(config, changes, schedule, fc.nat(), (config, changes, actions, at) => {
        const life = createLife(config, changes);
        play(life, actions);
        const { events } = life;
        const original = createLife(config).coordinator;
        const cut = at % (events.length + 1);
        for (const event of events.slice(0, cut)) original.handle(event);
        const { json, arrays } = original.snapshot();
        const restored = restoreCoordinator(
          { json, arrays: arrays.map((array) => array.slice()) },
          {
            config,
            model: TINY_MODEL,
            selectScheme: selectByBytes,
            hasSearch: true,
            probePlanner: TINY_PROBES,
          },
        );
        expect(restored.snapshot()).toEqual({ json, arrays });
        for (const event of events.slice(cut)) {
          const effects = original.handle(event);
          // As a replay gets it: refused updates without their deltas.
          expect(restored.handle(journalForm(event, effects))).toEqual(effects);
        }
        const expected = life.coordinator.snapshot();
        for (const { snapshot } of [original, restored]) {
          expect(snapshot().json).toBe(expected.json);
          expect(snapshot().arrays.map(bytesOf)).toEqual(expected.arrays.map(bytesOf));
        }
        expect(restored.status()).toEqual(life.coordinator.status());
      }),
      { numRuns: 300, seed: SEED },
    );
  });
});

function bytesOf(array: Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
