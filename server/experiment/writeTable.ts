// The results of an experiment as Markdown and CSV. Pure.

import { formatByteSize } from '../../shared/byteSize.ts';
import { formatScore, METRIC_NAMES, type Metric } from '../../shared/tasks/metric.ts';
import type { ExperimentRow, RelativeRow } from './compareRows.ts';
import type { Experiment } from './experimentFile.ts';
import type { Summary } from './summary.ts';

/** TensorFlow.js's own profile of one SGD step of small-cnn at batch 16, bytes (bench/results/README.md). */
const TFJS_STEP_BYTES: Readonly<Record<string, number>> = {
  'small-cnn': 10_702 * 1024,
  digits: 9_344 * 1024,
};
const MINUS = '\u2212';

export interface TableParts {
  readonly experiment: Experiment;
  readonly summaries: readonly Summary[];
  readonly relative: readonly RelativeRow[];
  readonly model: string;
  readonly metric: Metric;
  readonly target: number;
  readonly command: string;
  /** Of the code that computed the cells. */
  readonly codeVersions: readonly string[];
  readonly isQuick: boolean;
}

export function markdownOf(parts: TableParts): string {
  const { experiment, summaries, relative, metric, target, command, codeVersions, isQuick } = parts;
  const name = METRIC_NAMES[metric];
  const seeds = experiment.seeds.join(', ');
  return [
    `# ${experiment.title}${isQuick ? ' (quick)' : ''}`,
    '',
    ...experiment.about.flatMap((line) => [line, '']),
    `    ${command}`,
    '',
    `Seeds ${seeds}; code version ${codeVersions.join(' and ')}; target ${formatScore(metric, target)} on validation data, reached at the first of three evaluations in a row. A target missed in some seed has no time. ${capitalised(name)} is that of the last version on test data, looked at once. The exact configuration is in [config.json](config.json), every row in [rows.csv](rows.csv), the curves in [curves.csv](curves.csv).`,
    '',
    '## Each by itself',
    '',
    ...table(
      [
        '',
        'seeds',
        `test ${name}`,
        'validation, last',
        'time to target',
        'updates to target',
        'payload to target',
        'payload of an update',
        'device bytes, mean',
        'trained',
        'staleness',
        "stragglers' weight",
      ],
      summaries.map((each) => [
        each.label,
        String(each.results.length),
        scoreText(metric, each.testScore),
        scoreText(metric, each.validationScore),
        timeText(each),
        each.updatesToTarget === null ? 'missed' : each.updatesToTarget.toFixed(0),
        each.payloadToTarget === null ? 'missed' : formatByteSize(each.payloadToTarget),
        payloadOfUpdate(each),
        formatByteSize(each.deviceBytes),
        percent(each.trainedShare),
        each.stalenessMean.toFixed(1),
        percent(each.stragglerWeightShare),
      ]),
    ),
    ...causesOf(summaries),
    ...experiment.against.flatMap((other) => relativeTable(other, parts, relative)),
    '',
    '## Memory',
    '',
    `Bytes that a device holds, of the scheme that was given out most: the whole batch at once, and in the most frugal form (micro-batches). TensorFlow.js profiles ${tfjsText(parts.model)} for a step of the whole model (\`stepBytes\` is what compares with it).`,
    '',
    ...table(
      [
        '',
        'step, whole batch',
        'device, whole batch',
        'device, most frugal',
        'simulated mean',
        'step against TensorFlow.js',
      ],
      summaries.map((each) => [
        each.label,
        formatByteSize(each.wholeBatchStepBytes),
        formatByteSize(each.wholeBatchBytes),
        formatByteSize(each.leastBytes),
        formatByteSize(each.deviceBytes),
        savedText(savedAgainst(each.stepBytes, TFJS_STEP_BYTES[parts.model])),
      ]),
    ),
    '',
    `![${capitalised(name)} over virtual time](accuracy.svg)`,
    `![${capitalised(name)} over payload](payload.svg)`,
    '![Memory](memory.svg)',
    '![Staleness](staleness.svg)',
    '',
  ].join('\n');
}

/** Of cells that got nowhere. */
function causesOf(summaries: readonly Summary[]): string[] {
  const lines = summaries.flatMap(({ label, results }) =>
    results.flatMap(({ seed, stoppedBy, cause }) =>
      cause ? [`- ${label}, seed ${seed}: ${stoppedBy}; ${cause}`] : [],
    ),
  );
  return lines.length > 0 ? ['', 'Some got nowhere, and count as missed:', '', ...lines] : [];
}

function payloadOfUpdate({ payloadBytes, results }: Summary): string {
  const accepted = mean(results.map((result) => result.accepted));
  return accepted > 0 ? formatByteSize(Math.round(payloadBytes / accepted)) : '-';
}

function relativeTable(
  other: string,
  { summaries, metric }: TableParts,
  relative: readonly RelativeRow[],
): string[] {
  const theirs = summaries.find(({ name }) => name === other);
  const rows = relative.filter(({ against }) => against === other);
  if (!theirs || rows.length === 0) return [];
  return [
    '',
    `## Against ${theirs.label}`,
    '',
    ...table(
      [
        '',
        'time to target',
        'payload to target',
        'payload of an update',
        'memory',
        `${METRIC_NAMES[metric]}, ${metric === 'mse' ? 'difference' : 'points'} (95 %)`,
      ],
      rows.map((row) => {
        const ours = summaries.find(({ name }) => name === row.strategy)!;
        return [
          ours.label,
          savedText(row.time),
          savedText(savedAgainst(ours.payloadToTarget, theirs.payloadToTarget)),
          savedText(row.payload),
          savedText(row.memory),
          pointsText(row),
        ];
      }),
    ),
  ];
}

export function rowsToCsv(rows: readonly ExperimentRow[]): string {
  const fields = Object.keys(rows[0] ?? {}) as (keyof ExperimentRow)[];
  return csv([fields, ...rows.map((row) => fields.map((field) => row[field] ?? ''))]);
}

export function curvesToCsv(summaries: readonly Summary[]): string {
  const head = [
    'strategy',
    'seed',
    'virtualSeconds',
    'version',
    'updates',
    'payloadBytes',
    'validationScore',
    'validationLoss',
  ];
  const rows = summaries.flatMap(({ name, results }) =>
    results.flatMap(({ seed, curve }) =>
      curve.map(({ virtualSeconds, version, updates, payloadBytes, score, loss }) => [
        name,
        seed,
        virtualSeconds,
        version,
        updates,
        payloadBytes,
        score,
        Number(loss.toFixed(5)),
      ]),
    ),
  );
  return csv([head, ...rows]);
}

function csv(rows: readonly (readonly (string | number)[])[]): string {
  return `${rows.map((row) => row.map(csvCell).join(',')).join('\n')}\n`;
}

/** With two digits of per cent. */
export function scoreText(metric: Metric, score: number): string {
  return metric === 'accuracy' || metric === 'recall' ? percent(score, 2) : formatScore(metric, score);
}

function capitalised(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}

function csvCell(value: string | number): string {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

function timeText({ timeToTarget, numReached, results }: Summary): string {
  if (timeToTarget !== null) return `${timeToTarget.toFixed(0)} s`;
  const reasons = [...new Set(results.flatMap(({ cause, stoppedBy }) => (cause ? [stoppedBy] : [])))];
  const why = reasons.length > 0 ? ` (${reasons.join(', ')})` : '';
  return numReached === 0
    ? `missed${why}`
    : `missed in ${results.length - numReached} of ${results.length} seeds${why}`;
}

function savedAgainst(ours: number | null, theirs: number | null | undefined): number | null {
  return ours === null || theirs === null || theirs === undefined ? null : 1 - ours / theirs;
}

/** What is saved as a negative change. */
function savedText(saved: number | null): string {
  if (saved === null) return '-';
  return `${saved >= 0 ? MINUS : '+'}${Math.abs(100 * saved).toFixed(1)} %`;
}

function pointsText({ accuracyPoints, ci95 }: RelativeRow): string {
  return ci95
    ? `${signed(accuracyPoints)} (${signed(ci95[0])} to ${signed(ci95[1])})`
    : signed(accuracyPoints);
}

function signed(value: number): string {
  return `${value < 0 ? MINUS : '+'}${Math.abs(value).toFixed(2)}`;
}

function tfjsText(model: string): string {
  const bytes = TFJS_STEP_BYTES[model];
  return bytes === undefined ? 'nothing that we measured' : formatByteSize(bytes);
}

function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
