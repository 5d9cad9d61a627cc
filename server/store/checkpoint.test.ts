import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  dropOldCheckpoints,
  encodeCheckpoint,
  listCheckpoints,
  readNewestCheckpoint,
  writeCheckpoint,
} from './checkpoint.ts';
import { nodeDisk } from './nodeDisk.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'minnow-checkpoint-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const stateOf = (version: number) => ({
  version,
  parameters: [Float32Array.of(version, 0.1), Float32Array.of(-0, Number.NaN)],
  devices: new Map([['d1', { lease: null, median: 0.1 + 0.2 }]]),
});

const pathOf = (sequence: number) => join(folder, `${String(sequence).padStart(12, '0')}.checkpoint`);

describe('checkpoint', () => {
  it('gives back the very state, typed arrays and maps included', async () => {
    await writeCheckpoint(nodeDisk, folder, 7, encodeCheckpoint(stateOf(3)));
    expect(readNewestCheckpoint(nodeDisk, folder).newest).toEqual({ sequence: 7, state: stateOf(3) });
  });

  it('holds the state of the moment it was encoded', async () => {
    const state = stateOf(1);
    const bytes = encodeCheckpoint(state);
    state.parameters[0]![0] = 99;
    await writeCheckpoint(nodeDisk, folder, 1, bytes);
    expect(readNewestCheckpoint(nodeDisk, folder).newest!.state).toEqual(stateOf(1));
  });

  it('falls back to the older one when the newest is cut anywhere or damaged', async () => {
    await writeCheckpoint(nodeDisk, folder, 5, encodeCheckpoint(stateOf(1)));
    await writeCheckpoint(nodeDisk, folder, 9, encodeCheckpoint(stateOf(2)));
    const whole = readFileSync(pathOf(9));
    for (const length of [0, 5, 12, 40, whole.length - 1]) {
      writeFileSync(pathOf(9), whole.subarray(0, length));
      expect(readNewestCheckpoint(nodeDisk, folder)).toEqual({
        newest: { sequence: 5, state: stateOf(1) },
        unreadable: [pathOf(9)],
      });
    }
    whole[whole.length - 3]! ^= 1;
    writeFileSync(pathOf(9), whole);
    expect(readNewestCheckpoint(nodeDisk, folder).newest!.sequence).toBe(5);
  });

  it('does not see one that was half-written when the server died', async () => {
    await writeCheckpoint(nodeDisk, folder, 5, encodeCheckpoint(stateOf(1)));
    writeFileSync(`${pathOf(9)}.part`, encodeCheckpoint(stateOf(2))[1]!);
    expect(readNewestCheckpoint(nodeDisk, folder).newest!.sequence).toBe(5);
  });

  it('keeps the newest ones and says where the journal may begin: at the start as long as there is one alone', async () => {
    await writeCheckpoint(nodeDisk, folder, 2, encodeCheckpoint(null));
    expect(await dropOldCheckpoints(nodeDisk, folder, 2)).toBe(0);
    for (const sequence of [2, 4, 8])
      await writeCheckpoint(nodeDisk, folder, sequence, encodeCheckpoint(null));
    expect(await dropOldCheckpoints(nodeDisk, folder, 2)).toBe(4);
    expect(listCheckpoints(nodeDisk, folder)).toEqual([4, 8]);
    expect(existsSync(pathOf(2))).toBe(false);
  });
});
