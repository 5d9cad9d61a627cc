// An experiment as data from a file: a grid of conditions, configurations and seeds, and what is compared with what. Knows nothing
// of how it is run.

import { parseWith } from '../../shared/schema/parseWith.ts';
import { experimentSchema, type Experiment, type ExperimentConfig } from './experimentSchema.ts';
import { FIGURES } from './figures.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Throws TypeError naming the field that cannot work. */
export function parseExperiment(value: unknown): Experiment {
  const experiment = parseWith(experimentSchema, value, 'experiment');
  const { configs, axes, against, tables, tuning, pictures = [], quick, seeds } = experiment;
  const names = configs.map(({ name }) => name);
  const axisNames = axes.map(({ name }) => name);
  const values = axes.flatMap((axis) => axis.values.map(({ name }) => name));
  const figures = Object.keys(FIGURES);
  expectDifferent('configs', names);
  expectDifferent('axes', axisNames);
  expectDifferent('the values of all axes', values);
  for (const other of against) expectOneOf('against', other, names);
  for (const [i, { when, only = [] }] of configs.entries()) {
    for (const value of Object.keys(when)) expectOneOf(`configs.${i}.when`, value, values);
    for (const value of only) expectOneOf(`configs.${i}.only`, value, values);
  }
  for (const table of tables) expectOneOf('tables', table, figures);
  for (const [i, picture] of pictures.entries()) {
    const { kind, x = '', y = '' } = picture;
    const place = `pictures.${i}`;
    if (kind === 'curves') expectOneOf(`${place}.x`, x, ['virtualSeconds', 'payloadBytes', 'updates']);
    if (kind === 'lines') expectOneOf(`${place}.x`, x, [...axisNames, ...figures]);
    if (kind === 'lines') expectOneOf(`${place}.y`, y, figures);
    if (kind === 'dots') expectOneOf(`${place}.x`, x, figures);
    for (const config of picture.configs ?? []) expectOneOf(`${place}.configs`, config, names);
  }
  for (const axis of tuning?.per ?? []) expectOneOf('tuning.per', axis, axisNames);
  for (const [axis, kept] of Object.entries(quick.axes ?? {})) {
    expectOneOf('quick.axes', axis, axisNames);
    const known = axes.find(({ name }) => name === axis)!.values.map(({ name }) => name);
    for (const value of kept) expectOneOf(`quick.axes.${axis}`, value, known);
  }
  for (const config of quick.configs ?? []) expectOneOf('quick.configs', config, names);
  expectFairTuning(configs, tuning?.seeds, [...seeds, ...(quick.seeds ?? [])]);
  return experiment;
}

function expectDifferent(what: string, names: readonly string[]): void {
  if (new Set(names).size < names.length)
    throw new TypeError(`experiment: ${what} must have different names, got ${names.join(', ')}`);
}

function expectOneOf(place: string, name: string, names: readonly string[]): void {
  if (!names.includes(name))
    throw new TypeError(`experiment: ${place} must be one of ${names.join(', ') || 'none'}, got "${name}"`);
}

/** As many settings for each that is tuned, and nothing reported of the seeds that they were chosen by. */
function expectFairTuning(
  configs: readonly ExperimentConfig[],
  tuningSeeds: readonly number[] | undefined,
  seeds: readonly number[],
): void {
  const tuned = configs.flatMap(({ name, tuned }) => (tuned ? [{ name, count: tuned.length }] : []));
  if (tuned.length === 0) return;
  if (!tuningSeeds) throw new TypeError(`experiment: tuning must be there, as ${tuned[0]!.name} is tuned`);
  const odd = tuned.find(({ count }) => count !== tuned[0]!.count);
  if (odd)
    throw new TypeError(
      `experiment: tuned must have as many settings for each, got ${tuned[0]!.count} for ${tuned[0]!.name} and ${odd.count} for ${odd.name}`,
    );
  const reported = tuningSeeds.find((seed) => seeds.includes(seed));
  if (reported !== undefined)
    throw new TypeError(
      `experiment: tuning.seeds must be others than those that are reported, got ${reported}`,
    );
}

/** The experiment that `--quick` runs: fewer seeds, values and configurations, a coarser base, nothing tuned. */
export function quickOf(experiment: Experiment): Experiment {
  const { quick, seconds = quick.seconds, axes, against, pictures } = experiment;
  const names = quick.configs ?? experiment.configs.map(({ name }) => name);
  const configs = experiment.configs.filter(({ name }) => names.includes(name));
  return {
    ...experiment,
    seeds: quick.seeds ?? experiment.seeds,
    base: merge(experiment.base, quick.base ?? {}),
    axes: axes.map((axis) => {
      const kept = quick.axes?.[axis.name];
      return kept ? { ...axis, values: axis.values.filter(({ name }) => kept.includes(name)) } : axis;
    }),
    configs: quick.tunes ? configs : configs.map(withFirstSetting),
    against: against.filter((other) => names.includes(other)),
    ...(pictures && { pictures: pictures.map((picture) => keepConfigs(picture, names)) }),
    ...(seconds !== undefined && { seconds: quick.seconds ?? seconds }),
  };
}

function keepConfigs<P extends { readonly configs?: string[] | undefined }>(
  picture: P,
  names: readonly string[],
): P {
  const { configs } = picture;
  return configs ? { ...picture, configs: configs.filter((name) => names.includes(name)) } : picture;
}

/** Not tuned: with the first of its settings. */
function withFirstSetting({ tuned, ...config }: ExperimentConfig): ExperimentConfig {
  return tuned ? { ...config, change: merge(config.change, tuned[0]!.change) } : config;
}

/** The experiment with what strategy files say in place of their names; `read` does so in one set of fields. */
export function withStrategyFiles(
  experiment: Experiment,
  read: (fields: Fields) => Record<string, unknown>,
): Experiment {
  const { base, configs, axes, yardstick, quick } = experiment;
  const readChange = <T extends { readonly change: Fields }>(each: T): T => ({
    ...each,
    change: read(each.change),
  });
  return {
    ...experiment,
    base: read(base),
    axes: axes.map((axis) => ({ ...axis, values: axis.values.map(readChange) })),
    configs: configs.map(({ tuned, when, ...config }) => ({
      ...readChange(config),
      when: Object.fromEntries(Object.entries(when).map(([value, fields]) => [value, read(fields)])),
      ...(tuned && { tuned: tuned.map(readChange) }),
    })),
    ...(yardstick && { yardstick: readChange(yardstick) }),
    quick: { ...quick, ...(quick.base && { base: read(quick.base) }) },
  };
}

/** `over` replaces fields of `base`, objects field by field, but for a strategy, which comes as a whole. */
export function merge(base: Fields, over: Fields): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [field, value] of Object.entries(over)) {
    const kept = merged[field];
    const isNested = field !== 'strategy' && isRecord(kept) && isRecord(value);
    merged[field] = isNested ? merge(kept, value) : value;
  }
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
