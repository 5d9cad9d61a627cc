// Whatever happens to one file of a run, the next start finds all that was acknowledged, or says what it does not.

import {
  cpSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../shared/random.ts';
import { CheckpointError } from './checkpointError.ts';
import { openDurableCoordinator } from './durableCoordinator.ts';
import { listSegments } from './segment.ts';
import {
  isSameOrTold,
  makeSmallRun,
  readSmallRun,
  smallRunOptions,
  type RunFound,
} from './testing/smallRun.ts';
import { flipBit, filesOf } from './testing/harm.ts';
import { verifyRun } from './verifyRun.ts';
import { nodeDisk } from './nodeDisk.ts';

const SEED = 4;
/** Every byte takes minutes: that is for `npm run attack`. */
const NUM_FLIPS = 600;

let base = '';
let folder = '';
let before: RunFound;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'minnow-damage-'));
  folder = join(base, 'small');
  before = await makeSmallRun(folder, SEED);
}, 120_000);
afterAll(() => rmSync(base, { recursive: true, force: true }));

const journalOf = (path: string) => join(path, 'journal');
const lastSegment = (path: string) => listSegments(nodeDisk, journalOf(path)).at(-1)!.path;

/** By `npm run verify`, which needs no coordinator. */
function isDamageSeen(path: string): boolean {
  try {
    return verifyRun(path).damages.length > 0;
  } catch (error) {
    return error instanceof CheckpointError;
  }
}

async function inCopy(name: string, test: (copy: string) => Promise<void> | void): Promise<void> {
  const copy = join(base, name);
  cpSync(folder, copy, { recursive: true });
  try {
    await test(copy);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

describe('a run of which', () => {
  it('nothing happened is found as it was', () => {
    expect(before.numAccepted).toBeGreaterThan(30);
    expect(readSmallRun(folder)).toEqual(before);
    expect(verifyRun(folder)).toMatchObject({
      run: 'small',
      updates: before.numAccepted,
      acknowledged: before.numAccepted,
      lost: 0,
      checkpoints: 2,
      devices: 3,
      damages: [],
    });
  });

  it('one bit of any file was flipped is found as it was, or told', () =>
    inCopy('flips', (copy) => {
      const random = createRandom(SEED);
      const files = filesOf(copy);
      let told = 0;
      for (let k = 0; k < NUM_FLIPS; k++) {
        // Files in turn, so that small ones are not passed over.
        const file = files[k % files.length]!;
        const size = statSync(file).size;
        if (size === 0) continue;
        const bit = random.integer(size * 8);
        const mend = flipBit(file, bit);
        const found = readSmallRun(copy);
        expect(isSameOrTold(found, before), `bit ${bit} of ${file}`).toBe(true);
        if (found.kind === 'told') {
          told++;
          if (told % 4 === 0) expect(isDamageSeen(copy), `bit ${bit} of ${file}`).toBe(true);
        }
        mend();
      }
      expect(told).toBeGreaterThan(0);
      expect(readSmallRun(copy)).toEqual(before);
    }));

  it('the last acknowledged record was hit in any byte is told, never taken for a torn tail', () =>
    inCopy('last', (copy) => {
      const path = lastSegment(copy);
      const size = statSync(path).size;
      for (let byte = size - 120; byte < size; byte++) {
        const mend = flipBit(path, byte * 8 + (byte % 8));
        expect(readSmallRun(copy)).toMatchObject({ kind: 'told' });
        mend();
      }
    }));

  it('any file was cut is found as it was, or told', () =>
    inCopy('cuts', (copy) => {
      for (const file of filesOf(copy)) {
        const whole = readFileSync(file);
        for (const share of [0, 0.01, 0.3, 0.5, 0.9, 0.99]) {
          truncateSync(file, Math.floor(whole.length * share));
          expect(isSameOrTold(readSmallRun(copy), before), `${file} at ${share}`).toBe(true);
          writeFileSync(file, whole);
        }
        truncateSync(file, Math.max(0, whole.length - 1));
        expect(isSameOrTold(readSmallRun(copy), before), `${file} by one byte`).toBe(true);
        writeFileSync(file, whole);
      }
    }));

  it('any file, or any folder, is missing is found as it was, or told', async () => {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      await inCopy('missing', (copy) => {
        rmSync(join(copy, name), { recursive: true });
        expect(isSameOrTold(readSmallRun(copy), before), name).toBe(true);
      });
    }
  });

  it('the middle is damaged does not start, in one sentence, and goes on without what is lost when told to', () =>
    inCopy('middle', async (copy) => {
      const segment = listSegments(nodeDisk, journalOf(copy)).at(-2)!.path;
      flipBit(segment, statSync(segment).size * 4);
      const refused = await openDurableCoordinator(smallRunOptions(copy)).catch((error: Error) => error);
      const pattern =
        /^(\S+) is damaged at byte \d+ of \d+\. (\d+) of (\d+) acknowledged updates would be lost: .* --accept-loss$/;
      const [, path, lost, all] = pattern.exec((refused as Error).message) ?? [];
      expect(refused).toMatchObject({ code: 'damaged' });
      expect(path).toBe(segment);
      expect(Number(all)).toBe(before.numAccepted);
      expect(Number(lost)).toBeGreaterThan(0);

      const run = await openDurableCoordinator({ ...smallRunOptions(copy), acceptsLoss: true });
      expect(run.store.notes.join()).toContain(`${lost} of ${all} acknowledged updates are gone`);
      expect(run.coordinator.numAccepted).toBe(Number(all) - Number(lost));
      expect(run.coordinator.connectedDevices()).toEqual([]);
      expect([...run.ledger.devices.values()].every(({ isForgotten }) => isForgotten)).toBe(true);
      await run.close();
      expect(readdirSync(join(copy, 'lost-1'))).toContain('journal');

      const again = await openDurableCoordinator({ ...smallRunOptions(copy), acceptsLoss: true });
      expect(again.store.notes.join()).toContain('is whole');
      expect(again.coordinator.numAccepted).toBe(Number(all) - Number(lost));
      await again.close();
    }));

  it('the journal is missing says how much would be lost, and begins again where the newest checkpoint is', () =>
    inCopy('gone', async (copy) => {
      rmSync(journalOf(copy), { recursive: true });
      const refused = await openDurableCoordinator(smallRunOptions(copy)).catch((error: Error) => error);
      expect((refused as Error).message).toMatch(
        /journal is missing or empty\. [1-9]\d* of \d+ acknowledged updates/,
      );
      const run = await openDurableCoordinator({ ...smallRunOptions(copy), acceptsLoss: true });
      expect(run.coordinator.version).toBeGreaterThan(0);
      await run.close();
    }));

  it.each(['metrics', 'evaluations'])(
    'a line of %s behind the newest checkpoint is torn has it again',
    (name) =>
      inCopy('torn', async (copy) => {
        const path = join(copy, `${name}.jsonl`);
        const whole = readFileSync(path);
        const lastLine = whole.lastIndexOf(10, whole.length - 2) + 1;
        // As a power cut leaves it: the file's length is on the disk, what was in it is not.
        writeFileSync(
          path,
          Buffer.concat([whole.subarray(0, lastLine), Buffer.alloc(9), whole.subarray(lastLine + 9)]),
        );
        expect(readSmallRun(copy)).toEqual(before);
        expect(isDamageSeen(copy)).toBe(true);
        await (await openDurableCoordinator(smallRunOptions(copy))).close();
        expect(isDamageSeen(copy)).toBe(false);
        expect(readFileSync(path, 'utf8').split('\n').length).toBe(whole.toString().split('\n').length);
      }),
  );

  it('a line that tells of the past is broken goes on without that line when told to, and is whole afterwards', () =>
    inCopy('line', async (copy) => {
      const path = join(copy, 'metrics.jsonl');
      flipBit(path, 400);
      const refused = await openDurableCoordinator(smallRunOptions(copy)).catch((error: Error) => error);
      expect((refused as Error).message).toContain(`${path} is damaged at line 1. No update is lost`);
      const run = await openDurableCoordinator({ ...smallRunOptions(copy), acceptsLoss: true });
      expect(run.coordinator.numAccepted).toBe(before.numAccepted);
      await run.close();
      expect(readFileSync(path, 'utf8').split('\n')[0]).toMatch(/^\{"lost":1,/);
      await (await openDurableCoordinator(smallRunOptions(copy))).close();
    }));
});
