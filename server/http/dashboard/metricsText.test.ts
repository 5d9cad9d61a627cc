import { expect, test } from 'vitest';
import type { RunStatus } from '../../../shared/contract/status.ts';
import { metricsText } from './metricsText.ts';

const status: RunStatus = {
  id: 'odd "name"\\\n',
  task: 'digits',
  strategy: 'ftte',
  numParameters: 10,
  metric: 'accuracy',
  target: 0.9,
  version: 7,
  accepted: 35,
  duplicates: 1,
  buffered: 2,
  assignmentsOut: 3,
  score: 0.875,
  accuracy: 0.875,
  accuracyVersion: 6,
  elapsedMs: 1500,
  payloadBytesDown: 100,
  payloadBytesUp: 50,
  refusals: { stale: 4, flood: 1 },
  resumes: 0,
  restarts: 0,
  search: null,
  waiting: null,
  devices: [],
};
const devices = { training: 3, waiting: 0, asleep: 1, gone: 2 };

/** By the grammar of the format: comments, and `name{label="value",...} number`. */
function parse(text: string): Map<string, number> {
  expect(text.endsWith('\n')).toBe(true);
  const samples = new Map<string, number>();
  for (const line of text.trimEnd().split('\n')) {
    if (/^# (HELP|TYPE) [a-z_]+ ./.test(line)) continue;
    const match = /^([a-z_]+\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*\}) (-?[\d.]+)$/.exec(line);
    expect(match, line).not.toBeNull();
    expect(samples.has(match![1]!), line).toBe(false);
    samples.set(match![1]!, Number(match![2]));
  }
  return samples;
}

test('every sample is a line of the format, with the run as a label', () => {
  const samples = parse(
    metricsText([
      { status, devices },
      { status: { ...status, id: 'two', score: -1 }, devices },
    ]),
  );
  expect(samples.get('minnow_version{run="two"}')).toBe(7);
  expect(samples.get('minnow_version{run="odd \\"name\\"\\\\\\n"}')).toBe(7);
  expect(samples.get('minnow_refusals_total{run="two",code="stale"}')).toBe(4);
  expect(samples.get('minnow_devices{run="two",state="asleep"}')).toBe(1);
  expect(samples.get('minnow_payload_bytes_total{run="two",direction="up"}')).toBe(50);
  expect(samples.get('minnow_run_seconds_total{run="two"}')).toBe(1.5);
  expect([...samples.keys()].filter((key) => key.startsWith('minnow_held_out_score'))).toEqual([
    'minnow_held_out_score{run="odd \\"name\\"\\\\\\n",metric="accuracy"}',
  ]);
});
