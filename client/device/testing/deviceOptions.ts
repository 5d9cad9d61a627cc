import type { DeviceOptions } from '../deviceState.ts';

/** Of a device of tests, which nothing holds back. */
export const DEVICE_OPTIONS: DeviceOptions = {
  server: 'http://minnow.test',
  run: 'test',
  token: '',
  name: 'one',
  profile: '',
  budgetBytes: 262_144,
  flopsPerSecond: 0,
  stragglerFactor: 1,
  dataSeed: -1,
  backend: '',
  raceResults: {},
  openedAtMs: 0,
};
