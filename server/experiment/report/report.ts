// The report of an experiment, as Markdown. Pure.

import { formatScore, METRIC_NAMES } from '../../../shared/tasks/metric.ts';
import type { RelativeRow } from '../compareRows.ts';
import type { Experiment } from '../experimentSchema.ts';
import type { Summary } from '../summary.ts';
import type { Trial } from '../tuning.ts';
import { capitalised, table } from './markdown.ts';
import { figureTables, memoryTable, personalTable, relativeTables, singlesTable } from './sections.ts';

export interface ReportParts {
  readonly experiment: Experiment;
  readonly summaries: readonly Summary[];
  readonly relative: readonly RelativeRow[];
  readonly trials: readonly Trial[];
  readonly command: string;
  /** Of the code that computed the cells. */
  readonly codeVersions: readonly string[];
  readonly isQuick: boolean;
  /** Cells that are not there yet. */
  readonly numMissing: number;
  /** Files of pictures without their ending, with what they show. */
  readonly pictures: readonly { readonly file: string; readonly title: string }[];
}

export function reportOf(parts: ReportParts): string {
  const { experiment, summaries, relative, command, isQuick, numMissing } = parts;
  return [
    `# ${experiment.title}${isQuick ? ' (quick)' : ''}`,
    '',
    ...experiment.about.flatMap((text) => [text, '']),
    `    ${command}`,
    '',
    ...(numMissing > 0
      ? [`**${numMissing} simulations are missing**: what stands here is what there is so far.`, '']
      : []),
    howItWasMeasured(parts),
    ...figureTables(experiment, summaries),
    ...personalTable(summaries),
    '',
    '## Each by itself',
    '',
    ...singlesTable(summaries),
    ...relativeTables(experiment, summaries, relative),
    '',
    '## Tuning',
    '',
    ...tuningLines(parts),
    ...(experiment.dropped.length > 0
      ? ['', '## Tried and dropped', '', ...experiment.dropped.map((text) => `- ${text}`)]
      : []),
    '',
    '## Misses',
    '',
    ...missLines(summaries),
    '',
    '## Memory',
    '',
    ...memoryTable(summaries),
    '',
    ...parts.pictures.map(({ file, title }) => `![${title}](${file}.svg)`),
    '',
  ].join('\n');
}

function howItWasMeasured({ experiment, summaries, codeVersions }: ReportParts): string {
  const targets = new Map(
    summaries.map(({ cell, outcomes, results }) => [
      cell.task.title,
      `${formatScore(outcomes[0]!.metric, results[0]!.target)} (${cell.task.title})`,
    ]),
  );
  const names = [...new Set(summaries.map(({ outcomes }) => METRIC_NAMES[outcomes[0]!.metric]))];
  const { yardstick } = experiment;
  return [
    `Seeds ${experiment.seeds.join(', ')}; code version ${codeVersions.join(' and ')}.`,
    `Target ${[...targets.values()].join(', ')} on validation data, reached at the first of three evaluations in a row. A target missed in some seed has no time.`,
    `${capitalised(names.join(', '))}: of the last version on test data, looked at once.`,
    "Intervals are 95 % by Student's t: over the seeds behind ±, over paired seeds in the tables of comparisons (of what is spent by the logarithm of each pair's ratio).",
    ...(yardstick ? [`Yardstick: ${yardstick.label}, with all else alike.`] : []),
    'The exact configuration is in [config.json](config.json), a row for each simulation in [rows.csv](rows.csv), one for each evaluation in [result.csv](result.csv) and result.parquet. Pictures are there as PDF and PNG, too.',
  ].join(' ');
}

function tuningLines({ experiment, trials }: ReportParts): string[] {
  const { tuning, configs } = experiment;
  const isTuned = configs.some(({ tuned }) => tuned);
  if (!tuning || !isTuned) return ['Nothing was tuned in this run: each runs with what its file says.'];
  if (trials.length === 0) return ['Nothing was tried yet.'];
  const numSettings = configs.find(({ tuned }) => tuned)!.tuned!.length;
  const labelOf = (name: string): string => configs.find((config) => config.name === name)!.label;
  const untuned = configs.filter(({ tuned }) => !tuned).map(({ label }) => label);
  return [
    `${numSettings} settings each, on seed ${tuning.seeds.join(', ')}, none of which is reported, by validation data alone: the target in most seeds, then soonest, then the last score. Test data of these runs decided nothing.${untuned.length > 0 ? ` As they come, without tuning: ${untuned.join(', ')}.` : ''}`,
    '',
    ...table(
      ['', 'for', 'setting', 'time to target', 'validation, last', 'chosen'],
      trials.map((trial) => [
        labelOf(trial.config),
        trial.groupLabel,
        trial.label,
        trial.numReached < trial.numSeeds
          ? `missed${trial.numSeeds > 1 ? ` in ${trial.numSeeds - trial.numReached} of ${trial.numSeeds}` : ''}`
          : `${trial.timeToTarget!.toFixed(0)} s`,
        formatScore(trial.metric, trial.validationScore),
        trial.isChosen ? 'yes' : 'no',
      ]),
    ),
  ];
}

/** What did not reach the target, and why where it got nowhere. */
function missLines(summaries: readonly Summary[]): string[] {
  const lines = summaries.flatMap(({ label, condition, results }) => {
    const missed = results.filter(({ timeToTarget }) => timeToTarget === null);
    if (missed.length === 0) return [];
    const where = condition.label === '' ? label : `${label}, ${condition.label}`;
    const causes = missed.filter(({ cause }) => cause);
    const seeds = missed.filter(({ cause }) => !cause).map(({ seed }) => seed);
    return [
      ...(seeds.length > 0 ? [`- ${where}: target missed with seed ${seeds.join(', ')}`] : []),
      ...causes.map(({ seed, stoppedBy, cause }) => `- ${where}, seed ${seed}: ${stoppedBy}; ${cause}`),
    ];
  });
  return lines.length > 0 ? lines : ['None: all reached the target with every seed.'];
}
