import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { DeviceProfile } from './deviceProfile.ts';
import { parseProfiles } from './deviceProfile.ts';
import { joinUrl, planTabs } from './planTabs.ts';

const PHONE: DeviceProfile = {
  name: 'phone',
  budgetBytes: 1_048_576,
  flopsPerSecond: 1.6e9,
  network: { latencyMs: 40, downKBps: 2000, upKBps: 1000 },
  share: 5,
  stragglers: { share: 0.2, factor: 8 },
};
const WATCH: DeviceProfile = { ...PHONE, name: 'watch', share: 4, stragglers: { share: 0.25, factor: 8 } };
const { stragglers: _, ...STEADY } = PHONE;
const SENSOR: DeviceProfile = { ...STEADY, name: 'sensor', share: 3 };

test('twelve tabs of 5 : 4 : 3 are dealt exactly, with their stragglers, taking turns', () => {
  const tabs = planTabs([PHONE, WATCH, SENSOR], 12);
  expect(tabs.slice(0, 4).map((tab) => tab.name)).toEqual(['phone-1', 'watch-1', 'sensor-1', 'phone-2']);
  expect(tabs.filter((tab) => tab.stragglerFactor === 8).map((tab) => tab.name)).toEqual([
    'watch-4',
    'phone-5',
  ]);
  expect(new Set(tabs.map((tab) => tab.dataSeed)).size).toBe(12);
});

test('every number of tabs is met, and no profile is off by a whole tab', () => {
  for (let numTabs = 1; numTabs <= 60; numTabs++) {
    const tabs = planTabs([PHONE, WATCH, SENSOR], numTabs);
    expect(tabs.length).toBe(numTabs);
    const phones = tabs.filter((tab) => tab.profile === PHONE).length;
    expect(Math.abs(phones - (numTabs * 5) / 12)).toBeLessThan(1);
  }
});

test('a straggler joins with its own speed, a named run only when there is one', () => {
  const straggler = planTabs([PHONE], 5)[4]!;
  const url = new URL(joinUrl('http://127.0.0.1:8080', 'r1', straggler));
  expect(Object.fromEntries(url.searchParams)).toEqual({
    run: 'r1',
    budget: '1048576',
    flops: '200000000',
    dataSeed: '4',
    name: 'phone-5',
    profile: 'phone',
    straggler: '8',
    tempo: '0',
  });
  expect(joinUrl('http://127.0.0.1:8080', '', straggler)).not.toContain('run=');
  expect(joinUrl('http://127.0.0.1:8080', '', { ...straggler, followsTempo: true })).not.toContain('tempo=');
});

test('the profile files of the repository are good', () => {
  const folder = new URL('../profiles/', import.meta.url);
  const files = readdirSync(folder);
  expect(files).toContain('demo.json');
  for (const file of files) parseProfiles(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
});

test('a bad profile is refused by the name of its field', () => {
  expect(() => parseProfiles([])).toThrow('must have at least one profile');
  expect(() => parseProfiles([{ ...PHONE, network: { ...PHONE.network, upKBps: 0 } }])).toThrow(
    /0\.network\.upKBps/,
  );
  expect(() => parseProfiles([{ ...PHONE, cores: 4 }])).toThrow(/0\.cores/);
});
