// The conditions of an experiment: all combinations of the values of its axes. Pure.

import type { Axis, Experiment, ExperimentConfig } from './experimentSchema.ts';
import { merge } from './experimentFile.ts';

export interface Condition {
  /** Names of its values by axis. Empty: the experiment has no axes. */
  readonly values: Readonly<Record<string, string>>;
  /** Of the values, '' without axes. */
  readonly key: string;
  readonly label: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** The last axis varies fastest. */
export function conditionsOf(axes: readonly Axis[]): Condition[] {
  const rows = axes.reduce<Axis['values'][]>(
    (before, { values }) => before.flatMap((row) => values.map((value) => [...row, value])),
    [[]],
  );
  return rows.map((row) => ({
    values: Object.fromEntries(axes.map(({ name }, i) => [name, row[i]!.name])),
    key: row.map(({ name }) => name).join(' '),
    label: row.map(({ label }) => label).join(', '),
  }));
}

export function isRunIn({ only }: ExperimentConfig, { values }: Condition): boolean {
  return !only || Object.values(values).some((value) => only.includes(value));
}

/** The configuration's fields in the condition; `setting` goes last. */
export function fieldsIn(
  { base, axes }: Experiment,
  { change, when }: ExperimentConfig,
  { values }: Condition,
  setting: Fields = {},
): Record<string, unknown> {
  const names = axes.map(({ name }) => values[name]!);
  const changes = axes.map((axis, i) => axis.values.find(({ name }) => name === names[i])!.change);
  return [...changes, change, ...names.map((name) => when[name] ?? {}), setting].reduce<
    Record<string, unknown>
  >(merge, base);
}
