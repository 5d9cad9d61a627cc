// What a dashboard takes home from a run: the model in two formats, the metrics, the table of devices.

import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { writeLayersModel } from '../../../shared/engine/layersModel/writeLayersModel.ts';
import { parametersOf } from '../../../shared/engine/model.ts';
import { deviceName } from '../../../shared/deviceName.ts';
import { readParts } from '../../store/lineParts.ts';
import type { StepLine } from '../../store/keptLines.ts';
import { encodeSafetensors } from '../../store/safetensors.ts';
import type { RunForAdmin } from '../../run/runForAdmin.ts';
import type { RunFigures } from '../../run/runFigures.ts';
import { csvLine } from './csv.ts';

export interface Download {
  readonly contentType: string;
  readonly body: Readable;
}

const BINARY = 'application/octet-stream';
const CSV = 'text/csv; charset=utf-8';
const STEP_COLUMNS = [
  'version',
  'atMs',
  'trigger',
  'updates',
  'meanStaleness',
  'mostStaleness',
  'samples',
  'meanWeight',
  'meanLossFirst',
  'meanLossLast',
  'clipped',
  'score',
  'accuracy',
];

/** By file name. Throws RangeError where TensorFlow.js has no such layer as the model. */
export const DOWNLOADS: Readonly<Record<string, (run: RunForAdmin) => Download>> = {
  'model.safetensors': (run) => {
    const { config, task, version } = run;
    const metadata = { run: config.id, task: task.id, version: String(version) };
    return binary(encodeSafetensors(parametersOf(task.model), run.parameters, metadata));
  },
  'model.json': (run) => {
    const { modelJson } = writeLayersModel(run.task.model, run.parameters);
    return { contentType: 'application/json', body: Readable.from([JSON.stringify(modelJson)]) };
  },
  'weights.bin': (run) => binary(new Uint8Array(writeLayersModel(run.task.model, run.parameters).weights)),
  'metrics.jsonl': (run) => ({
    contentType: 'application/x-ndjson',
    body: Readable.from(readParts(join(run.folder, 'metrics.jsonl'))),
  }),
  'metrics.csv': (run) => ({ contentType: CSV, body: Readable.from(metricsRows(run)) }),
  'devices.csv': (run) => ({ contentType: CSV, body: Readable.from([deviceRows(run)]) }),
};

function binary(bytes: Uint8Array): Download {
  return { contentType: BINARY, body: Readable.from([Buffer.from(bytes)]) };
}

/** A line a server step, read as it is written out: the file of a long run is large. */
async function* metricsRows({ folder }: Pick<RunForAdmin, 'folder'>): AsyncGenerator<string> {
  yield csvLine(STEP_COLUMNS);
  const lines = createInterface({ input: Readable.from(readParts(join(folder, 'metrics.jsonl'))) });
  for await (const line of lines) {
    if (!line.endsWith('}') || line.startsWith('{"lost":')) continue;
    const { version, atMs, trigger, updates, clipped, score, accuracy } = JSON.parse(line) as StepLine;
    const mean = (valueOf: (update: StepLine['updates'][number]) => number): number =>
      updates.reduce((sum, update) => sum + valueOf(update), 0) / updates.length;
    yield csvLine([
      version,
      atMs,
      trigger,
      updates.length,
      mean(({ staleness }) => staleness),
      Math.max(...updates.map(({ staleness }) => staleness)),
      updates.reduce((sum, { samples }) => sum + samples, 0),
      mean(({ weight }) => weight),
      mean(({ lossFirst }) => lossFirst),
      mean(({ lossLast }) => lossLast),
      clipped,
      score,
      accuracy,
    ]);
  }
}

/** The class's hardware: a line a device. */
function deviceRows(run: RunFigures): string {
  const views = new Map(run.federation().devices.map((view) => [view.deviceId, view]));
  const rows = run.status().devices.map((status) => {
    const { browser = '', cores = 0 } = views.get(status.deviceId)?.device ?? {};
    const { deviceId, ...rest } = status;
    const { stepTimesMs = [], stepTimesAtMs = [] } = run.accountOf(deviceId) ?? {};
    return {
      deviceId,
      generatedName: deviceName(deviceId),
      browser,
      cores,
      ...rest,
      // Lists within a cell: of the newest updates, oldest first.
      stepTimesMs: stepTimesMs.join(' '),
      stepTimesAtMs: stepTimesAtMs.join(' '),
    };
  });
  const columns = Object.keys(rows[0] ?? { deviceId: '' });
  return [columns, ...rows.map((row) => Object.values(row))].map(csvLine).join('');
}
