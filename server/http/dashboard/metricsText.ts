// The runs' figures in Prometheus' text format (version 0.0.4). Pure: statuses in, text out.

import type { DashboardDeviceState } from '../../../shared/contract/dashboard.ts';
import type { RunStatus } from '../../../shared/contract/status.ts';

/** Names of devices are no labels: anybody may choose one, and each would be a series of its own. */
type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly of: (run: MeasuredRun) => readonly (readonly [labels: Labels, value: number])[];
}

export interface MeasuredRun {
  readonly status: RunStatus;
  readonly devices: Readonly<Record<DashboardDeviceState, number>>;
}

const single =
  (valueOf: (run: MeasuredRun) => number): Family['of'] =>
  (run) => [[{}, valueOf(run)]];
const by = (label: string, counts: Readonly<Record<string, number>>): ReturnType<Family['of']> =>
  Object.entries(counts).map(([value, count]) => [{ [label]: value }, count] as const);

const FAMILIES: readonly Family[] = [
  {
    name: 'minnow_version',
    type: 'gauge',
    help: 'Version of the global model.',
    of: single(({ status }) => status.version),
  },
  {
    name: 'minnow_updates_accepted_total',
    type: 'counter',
    help: 'Updates taken in; repeated ones count once.',
    of: single(({ status }) => status.accepted),
  },
  {
    name: 'minnow_updates_duplicate_total',
    type: 'counter',
    help: 'Uploads of updates that had been accepted before.',
    of: single(({ status }) => status.duplicates),
  },
  {
    name: 'minnow_refusals_total',
    type: 'counter',
    help: 'Messages refused, by code; those that never reached the run count since the server started.',
    of: ({ status }) => by('code', status.refusals),
  },
  {
    name: 'minnow_updates_buffered',
    type: 'gauge',
    help: 'Updates that wait for the next server step.',
    of: single(({ status }) => status.buffered),
  },
  {
    name: 'minnow_assignments_out',
    type: 'gauge',
    help: 'Assignments that devices hold.',
    of: single(({ status }) => status.assignmentsOut),
  },
  {
    name: 'minnow_devices',
    type: 'gauge',
    help: 'Devices by state.',
    of: ({ devices }) => by('state', devices),
  },
  {
    name: 'minnow_session_resumes_total',
    type: 'counter',
    help: 'Sessions that came back.',
    of: single(({ status }) => status.resumes),
  },
  {
    name: 'minnow_payload_bytes_total',
    type: 'counter',
    help: 'Parameters sent to devices (down) and deltas received (up), bytes.',
    of: ({ status }) => by('direction', { down: status.payloadBytesDown, up: status.payloadBytesUp }),
  },
  {
    name: 'minnow_held_out_score',
    type: 'gauge',
    help: 'Newest score of the global model by the metric of the task; absent before the first.',
    of: ({ status }) => (status.score < 0 ? [] : [[{ metric: status.metric }, status.score]]),
  },
  {
    name: 'minnow_run_seconds_total',
    type: 'counter',
    help: 'Time that the run has been up.',
    of: single(({ status }) => status.elapsedMs / 1000),
  },
];

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function metricsText(runs: readonly MeasuredRun[]): string {
  return FAMILIES.flatMap(({ name, type, help, of }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...runs.flatMap((run) =>
      of(run).map(([labels, value]) => `${name}{${labelsText({ run: run.status.id, ...labels })}} ${value}`),
    ),
  ])
    .join('\n')
    .concat('\n');
}

function labelsText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, escapeCharacter)}"`)
    .join(',');
}

function escapeCharacter(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`;
}
