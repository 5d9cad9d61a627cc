// `GET /api/status`: what the dashboard, the fleet and the tests read of a server. Data only.

import type { Metric } from '../tasks/metric.ts';
import type { RefusalCode } from './messages.ts';
import type { SearchStatus, Waiting } from './waiting.ts';

export interface DeviceStatus {
  readonly deviceId: string;
  readonly name: string;
  readonly profile: string;
  readonly backend: string;
  readonly stragglerFactor: number;
  readonly connected: boolean;
  /** Holds an assignment now. */
  readonly training: boolean;
  readonly budgetBytes: number;
  readonly deviceBytes: number;
  readonly allocatedBytes: number;
  readonly trainedShare: number;
  readonly assignments: number;
  /** Accepted updates. */
  readonly updates: number;
  readonly refused: number;
  readonly lastStaleness: number;
  readonly meanStaleness: number;
  readonly stepMsMedian: number;
  readonly overruns: number;
  readonly joinToFirstStepMs: number;
  readonly bytesDown: number;
  readonly bytesUp: number;
}

export interface RunStatus {
  readonly id: string;
  readonly task: string;
  readonly strategy: string;
  readonly numParameters: number;
  readonly metric: Metric;
  /** Score that the run aims for. */
  readonly target: number;
  readonly version: number;
  /** Accepted updates; duplicates count once. */
  readonly accepted: number;
  /** Uploads of updates that had been accepted before. */
  readonly duplicates: number;
  readonly buffered: number;
  readonly assignmentsOut: number;
  /** Newest held-out score by the task's metric, -1 before the first evaluation. */
  readonly score: number;
  /** Newest held-out accuracy, -1 before the first evaluation and where the outputs are no classes. */
  readonly accuracy: number;
  readonly accuracyVersion: number;
  /** Milliseconds since the run began. */
  readonly elapsedMs: number;
  readonly payloadBytesDown: number;
  readonly payloadBytesUp: number;
  readonly refusals: Partial<Record<RefusalCode, number>>;
  readonly resumes: number;
  readonly restarts: number;
  /** Null: none is under way. */
  readonly search: SearchStatus | null;
  /** What the run waits for; null: it goes on by itself, or has ended. */
  readonly waiting: Waiting | null;
  readonly devices: readonly DeviceStatus[];
}

export interface ServerStatus {
  readonly runs: readonly RunStatus[];
}
