// Which of its settings a configuration runs with: tried on seeds of their own, judged by validation data alone. Pure.

import type { Metric } from '../../shared/tasks/metric.ts';
import type { Cell, SettingOf, Sketch } from './cells.ts';
import { conditionsOf, fieldsIn, isRunIn, type Condition } from './conditions.ts';
import type { FinishedCell } from './cellStore.ts';
import type { Experiment } from './experimentSchema.ts';
import { isBetterScore } from './figures.ts';

/** A setting of a configuration as it did on the tuning seeds. */
export interface Trial {
  readonly config: string;
  /** Of the values of the axes that it is tuned for, '' for all at once. */
  readonly group: string;
  readonly groupLabel: string;
  readonly setting: number;
  readonly label: string;
  readonly metric: Metric;
  readonly numSeeds: number;
  readonly numReached: number;
  /** Mean over the seeds that reached the target; null: none. */
  readonly timeToTarget: number | null;
  /** Mean of the last ones, on validation data. */
  readonly validationScore: number;
  readonly isChosen: boolean;
}

/** A condition for each combination of the values of the axes that are tuned for, with the first value of the others. */
function tuningConditions({ axes, tuning }: Experiment): Condition[] {
  const { per = [] } = tuning ?? {};
  return conditionsOf(
    axes.map((axis) => (per.includes(axis.name) ? axis : { ...axis, values: axis.values.slice(0, 1) })),
  );
}

/** The cells that tuning takes; none where nothing is tuned. */
export function tuningSketches(experiment: Experiment): Sketch[] {
  const { tuning, configs } = experiment;
  return (tuning?.seeds ?? []).flatMap((seed) =>
    tuningConditions(experiment).flatMap((condition) =>
      configs
        .filter((config) => isRunIn(config, condition))
        .flatMap((config) =>
          (config.tuned ?? []).map(({ change }, setting) => ({
            role: 'tuning' as const,
            condition,
            config: config.name,
            setting,
            seed,
            fields: fieldsIn(experiment, config, condition, change),
          })),
        ),
    ),
  );
}

/** How each setting did, and which is best of its configuration: the target in most seeds, then soonest, then the last score. */
export function trialsOf(
  experiment: Experiment,
  finished: readonly { readonly cell: Cell; readonly finished: FinishedCell }[],
): Trial[] {
  const { axes, tuning, configs } = experiment;
  const { per = [] } = tuning ?? {};
  const labelOf = (axisName: string, value: string): string =>
    axes.find(({ name }) => name === axisName)!.values.find(({ name }) => name === value)!.label;
  return configs.flatMap(({ name: config, tuned = [] }) =>
    tuningConditions(experiment).flatMap((condition) => {
      const trials = tuned.flatMap(({ label }, setting): Omit<Trial, 'isChosen'>[] => {
        const here = finished.filter(
          ({ cell }) =>
            cell.config === config && cell.setting === setting && cell.condition.key === condition.key,
        );
        if (here.length === 0) return [];
        const results = here.map((each) => each.finished.result);
        const times = results.flatMap(({ timeToTarget }) => timeToTarget ?? []);
        return [
          {
            config,
            group: groupOf(per, condition),
            groupLabel: per.map((axis) => labelOf(axis, condition.values[axis]!)).join(', '),
            setting,
            label,
            metric: here[0]!.cell.task.metric,
            numSeeds: results.length,
            numReached: times.length,
            timeToTarget: times.length > 0 ? mean(times) : null,
            validationScore: mean(results.map(({ curve }) => curve.at(-1)?.score ?? 0)),
          },
        ];
      });
      if (trials.length === 0) return [];
      const best = trials.reduce((before, each) => (isBetter(each, before) ? each : before));
      return trials.map((trial) => ({ ...trial, isChosen: trial === best }));
    }),
  );
}

function groupOf(per: readonly string[], { values }: Condition): string {
  return per.map((axis) => values[axis]).join(' ');
}

function isBetter(trial: Omit<Trial, 'isChosen'>, than: Omit<Trial, 'isChosen'>): boolean {
  if (trial.numReached !== than.numReached) return trial.numReached > than.numReached;
  const [time, other] = [trial.timeToTarget ?? Infinity, than.timeToTarget ?? Infinity];
  return time === other
    ? isBetterScore(trial.metric, trial.validationScore, than.validationScore)
    : time < other;
}

/** The first where nothing was tried. */
export function chosenOf({ tuning }: Experiment, trials: readonly Trial[]): SettingOf {
  const { per = [] } = tuning ?? {};
  return ({ name }, condition) =>
    trials.find(
      ({ config, group, isChosen }) => isChosen && config === name && group === groupOf(per, condition),
    )?.setting ?? 0;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
