import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunConfig } from '../../shared/federation/config.ts';
import { TINY_TASK, tinyRun } from '../testing/tinyTask.ts';
import { claimFolder, readManifest } from './runManifest.ts';
import { flipBit } from './testing/harm.ts';

const WANTED = { config: tinyRun('kept'), data: TINY_TASK.dealing };

let runsDir = '';
let folder = '';
beforeEach(() => {
  runsDir = mkdtempSync(join(tmpdir(), 'minnow-manifest-'));
  folder = join(runsDir, 'kept');
});
afterEach(() => rmSync(runsDir, { recursive: true, force: true }));

const configPath = () => join(folder, 'config.json');
const copyPath = () => join(folder, 'config.json.copy');

describe('config.json', () => {
  it('says what the run is, and is not there before the run is', () => {
    expect(readManifest(folder)).toBeNull();
    expect(claimFolder(folder, WANTED)).toEqual([]);
    expect(readManifest(folder)).toMatchObject(JSON.parse(JSON.stringify(WANTED)) as object);
    expect(claimFolder(folder, WANTED)).toEqual([]);
  });

  it('that an older version wrote, where what was not said is missing, is that of the same run', () => {
    const {
      freshness: _f,
      contributions: _c,
      tempoMs: _t,
      partialWorkMs: _p,
      encoding: _e,
      ...older
    } = WANTED.config;
    const { optimizer: _o, averaging: _a, onePerDevice: _d, ...strategy } = older.strategy;
    const config = { ...older, subset: { kind: 'full' }, strategy: { ...strategy, onePerDevice: true } };
    claimFolder(folder, { ...WANTED, config: config as unknown as RunConfig });
    const expected = {
      ...WANTED.config,
      strategy: { ...WANTED.config.strategy, onePerDevice: 'always' } as const,
    };
    expect(readManifest(folder)?.config).toEqual(expected);
    expect(claimFolder(folder, { ...WANTED, config: expected })).toEqual([]);
    expect(() => claimFolder(folder, WANTED)).toThrow(
      /strategy\.onePerDevice is "always", not "whileOthersFill"/,
    );
  });

  it('of a run that is asked to go on with other settings says where they change, where they may', () => {
    claimFolder(folder, WANTED);
    const { strategy } = WANTED.config;
    const live = { ...WANTED.config, strategy: { ...strategy, averaging: 0.5 } };
    expect(() => claimFolder(folder, { ...WANTED, config: live })).toThrow(
      /strategy\.averaging is 0, not 0\.5\. Go on with it without these flags, and change its settings on the dashboard/,
    );
    const other = { ...live, seed: 8 };
    expect(() => claimFolder(folder, { ...WANTED, config: other })).toThrow(
      /Choose another run id, or remove/,
    );
  });

  it('cut, changed or taken away, is made good by its copy, and that is said', () => {
    claimFolder(folder, WANTED);
    const whole = readFileSync(configPath(), 'utf8');
    const harms = [
      () => truncateSync(configPath(), 100),
      () => rmSync(configPath()),
      () => writeFileSync(configPath(), whole.replace('"seed": 7', '"seed": 8')),
      () => rmSync(copyPath()),
      () => flipBit(copyPath(), 800),
    ];
    for (const harm of harms) {
      harm();
      expect(claimFolder(folder, WANTED).join()).toMatch(/config\.json(\.copy)? was damaged or missing/);
      expect(readFileSync(configPath(), 'utf8')).toBe(whole);
      expect(readFileSync(copyPath(), 'utf8')).toBe(whole);
    }
  });

  it('damaged like its copy, or missing beside a journal, is told in one sentence', () => {
    claimFolder(folder, WANTED);
    for (const path of [configPath(), copyPath()]) truncateSync(path, 40);
    const told = {
      code: 'damaged',
      message: expect.stringContaining(`${configPath()} is damaged`) as string,
    };
    expect(() => readManifest(folder)).toThrow(expect.objectContaining(told));
  });

  it('of another format is told to need the Minnow that wrote it', () => {
    claimFolder(folder, WANTED);
    const older = JSON.stringify({ ...WANTED, format: 1 }, null, 2);
    rmSync(copyPath());
    writeFileSync(configPath(), older);
    expect(() => readManifest(folder)).toThrow(
      /run of format 1, and this version reads format 2: go on with the Minnow that wrote it/,
    );
  });
});
