// The parts of a report that are tables of configurations by conditions. Pure.

import { formatByteSize } from '../../../shared/byteSize.ts';
import { METRIC_NAMES } from '../../../shared/tasks/metric.ts';
import { conditionKeyOf, type RelativeRow } from '../compareRows.ts';
import type { Condition } from '../conditions.ts';
import type { Experiment } from '../experimentSchema.ts';
import { figureNamed, formatFigure } from '../figures.ts';
import { figureMean, type Summary } from '../summary.ts';
import { tfjsStepBytes } from '../tfjsStepBytes.ts';
import { capitalised, percent, savedText, signed, table } from './markdown.ts';

/** A figure with its interval, or in how many seeds it is missing. */
export function figureText(summary: Summary, name: string, digits = 1): string {
  const figure = figureNamed(name);
  const { metric } = summary.outcomes[0]!;
  const { mean, half, numMissing } = figureMean(summary, name);
  if (mean === null) {
    const { length } = summary.outcomes;
    if (!name.endsWith('ToTarget')) return '-';
    const reasons = new Set(summary.results.flatMap(({ cause, stoppedBy }) => (cause ? [stoppedBy] : [])));
    const why = reasons.size > 0 ? ` (${[...reasons].join(', ')})` : '';
    return numMissing === length ? `missed${why}` : `missed in ${numMissing} of ${length} seeds${why}`;
  }
  const text = formatFigure(figure, metric, mean, digits);
  return half === null ? text : `${text} ± ${formatFigure(figure, metric, half, digits)}`;
}

/** The experiment's figures, conditions by configurations; the best of each row in bold. */
export function figureTables({ tables, configs }: Experiment, summaries: readonly Summary[]): string[] {
  const present = configs.filter(({ name }) => summaries.some((summary) => summary.name === name));
  return tables.flatMap((name) => {
    const figure = figureNamed(name);
    const rows = byCondition(summaries).map(([condition, here]) => {
      const { metric } = here[0]!.outcomes[0]!;
      const isMoreBetter = figure.unit === 'score' && metric === 'mse' ? false : figure.isMoreBetter;
      const means = here.flatMap((summary) => figureMean(summary, name).mean ?? []);
      const best = isMoreBetter ? Math.max(...means) : Math.min(...means);
      const cells = present.map((config) => {
        const summary = here.find((each) => each.name === config.name);
        if (!summary) return '-';
        const text = figureText(summary, name);
        return figureMean(summary, name).mean === best && here.length > 1 ? `**${text}**` : text;
      });
      return [condition.label, ...cells];
    });
    if (rows.every(([, ...cells]) => cells.every((text) => text === '-'))) return [];
    const { metric } = summaries[0]!.outcomes[0]!;
    const head = ['', ...present.map(({ label }) => label)];
    return ['', `## ${capitalised(figure.label(metric))}`, '', ...table(head, rows)];
  });
}

export function singlesTable(summaries: readonly Summary[]): string[] {
  const { metric } = summaries[0]!.outcomes[0]!;
  return table(
    [
      '',
      'condition',
      'seeds',
      `test ${METRIC_NAMES[metric]}`,
      'validation, last',
      'time to target',
      'updates to target',
      'payload to target',
      'payload of an update',
      'device bytes, mean',
      'trained',
      'staleness',
      "stragglers' weight",
      'worst class',
      'against the yardstick, points',
    ],
    summaries.map((each) => [
      each.label,
      each.condition.label,
      String(each.results.length),
      figureText(each, 'score', 2),
      figureText(each, 'validationScore', 2),
      figureText(each, 'timeToTarget'),
      figureText(each, 'updatesToTarget'),
      figureText(each, 'payloadToTarget'),
      figureText(each, 'payloadPerUpdate'),
      formatByteSize(each.memory.deviceBytes),
      percent(each.memory.trainedShare),
      figureText(each, 'staleness'),
      figureText(each, 'stragglerWeight'),
      optional(figureText(each, 'worstRecall')),
      lostText(each),
    ]),
  );
}

function lostText(summary: Summary): string {
  const { mean, half } = figureMean(summary, 'lostScore');
  if (mean === null) return '';
  return `${signed(-mean)}${half === null ? '' : ` ± ${half.toFixed(2)}`}`;
}

function optional(text: string): string {
  return text === '-' ? '' : text;
}

/** What shared and personal models are worth on the devices' own samples; nothing where none were made. */
export function personalTable(summaries: readonly Summary[]): string[] {
  const made = summaries.filter((summary) => figureMean(summary, 'personalMean').mean !== null);
  if (made.length === 0) return [];
  const columns = [
    'sharedMean',
    'personalMean',
    'sharedWorstTenth',
    'personalWorstTenth',
    'gainShare',
    'loseShare',
  ];
  const { metric } = made[0]!.outcomes[0]!;
  return [
    '',
    '## Shared and personal models on the samples that each device held out',
    '',
    ...table(
      ['', 'condition', ...columns.map((name) => figureNamed(name).label(metric))],
      made.map((each) => [
        each.label,
        each.condition.label,
        ...columns.map((name) => figureText(each, name)),
      ]),
    ),
    '',
    'Every figure is one of all devices that have samples held out, then averaged over the seeds; every device in every run is in [devices.csv](devices.csv).',
  ];
}

export function relativeTables(
  { against }: Experiment,
  summaries: readonly Summary[],
  relative: readonly RelativeRow[],
): string[] {
  const { metric } = summaries[0]!.outcomes[0]!;
  return against.flatMap((other) => {
    const theirs = summaries.find(({ name }) => name === other);
    const rows = relative.filter((row) => row.against === other);
    if (!theirs || rows.length === 0) return [];
    return [
      '',
      `## Against ${theirs.label}`,
      '',
      ...table(
        [
          '',
          'condition',
          'time to target',
          'payload to target',
          'payload of the run',
          'memory',
          `${METRIC_NAMES[metric]}, ${metric === 'mse' ? 'difference' : 'points'}`,
        ],
        rows.map((row) => {
          const key = conditionKeyOf(row.condition);
          const ours = summaries.find(
            ({ name, condition }) => name === row.strategy && condition.key === key,
          )!;
          return [
            ours.label,
            ours.condition.label,
            savedText(row.time, row.timeCi95),
            savedText(row.payloadToTarget, row.payloadToTargetCi95),
            savedText(row.payload, row.payloadCi95),
            savedText(row.memory, row.memoryCi95),
            pointsText(row),
          ];
        }),
      ),
    ];
  });
}

function pointsText({ accuracyPoints, ci95 }: RelativeRow): string {
  return ci95
    ? `${signed(accuracyPoints)} (${signed(ci95[0])} to ${signed(ci95[1])})`
    : signed(accuracyPoints);
}

export function memoryTable(summaries: readonly Summary[]): string[] {
  const models = [...new Set(summaries.map(({ cell }) => cell.task.model.id))];
  const measured = models.map((model) => {
    const bytes = tfjsStepBytes(model);
    return `${bytes === null ? 'nothing that we measured' : formatByteSize(bytes)} for \`${model}\``;
  });
  return [
    `Bytes that a device holds, of the scheme that was given out most: the whole batch at once, and in the most frugal form (micro-batches). TensorFlow.js profiles ${measured.join(', ')} for a step of the whole model (\`stepBytes\` is what compares with it).`,
    '',
    ...table(
      [
        '',
        'condition',
        'step, whole batch',
        'device, whole batch',
        'device, most frugal',
        'simulated mean',
        'step against TensorFlow.js',
      ],
      summaries.map(({ label, condition, memory, cell }) => [
        label,
        condition.label,
        formatByteSize(memory.wholeBatchStepBytes),
        formatByteSize(memory.wholeBatchBytes),
        formatByteSize(memory.leastBytes),
        formatByteSize(memory.deviceBytes),
        againstTfjs(memory.stepBytes, tfjsStepBytes(cell.task.model.id)),
      ]),
    ),
  ];
}

function againstTfjs(stepBytes: number, theirs: number | null): string {
  return theirs === null ? '-' : savedText(1 - stepBytes / theirs);
}

export function byCondition(summaries: readonly Summary[]): [Condition, Summary[]][] {
  const groups = new Map<string, [Condition, Summary[]]>();
  for (const summary of summaries) {
    const { condition } = summary;
    const group = groups.get(condition.key) ?? [condition, []];
    group[1].push(summary);
    groups.set(condition.key, group);
  }
  return [...groups.values()];
}
