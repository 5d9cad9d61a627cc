// What the search chooses among: how many of the last layers train their biases, and which share of each layer's weight.
// After TTE (arXiv 2206.15472), section 3.2. Pure; knows nothing of memory or of what a choice is worth.

import { parametersOf, type ModelSpec, type ParameterSpec } from '../engine/model.ts';
import { containsScheme, extentsOf, type SchemeEntry, type UpdateScheme } from '../engine/scheme.ts';

/** Shares of a weight's channels that can be trained. */
export const RATIOS = [0, 1 / 8, 1 / 4, 1 / 2, 1] as const;
/** Index of the whole weight. */
export const WHOLE = RATIOS.length - 1;

/** A layer with a weight, and the small tensors up to the next one: its bias, and scale and shift of the norm behind it. */
export interface Unit {
  readonly layer: string;
  readonly weight: ParameterSpec;
  readonly small: readonly ParameterSpec[];
  /** Elements of the weight that each of `RATIOS` trains. */
  readonly sizes: readonly number[];
  /** Elements of the small tensors. */
  readonly smallSize: number;
}

/** One choice. */
export interface Genome {
  /** Number of units at the end of the model whose small tensors are trained, 0 ... units. */
  readonly depth: number;
  /** Index into `RATIOS` of each unit's weight, in the model's order. */
  readonly ratios: readonly number[];
}

export interface SchemeSpace {
  readonly model: ModelSpec;
  readonly parameters: readonly ParameterSpec[];
  readonly units: readonly Unit[];
  /**
   * The scheme of a genome. A ratio takes the first output channels, over all inputs; of the last layer, whose outputs
   * are the classes, it takes the first inputs, for all classes. A larger genome's scheme contains the smaller one's.
   */
  schemeOf(genome: Genome): UpdateScheme;
  /** The smallest genome whose scheme contains this one, which begins at channel 0 of all that it trains. */
  genomeOf(scheme: UpdateScheme): Genome;
}

/** Throws RangeError for a model that cannot work or that has nothing to train. */
export function createSchemeSpace(model: ModelSpec): SchemeSpace {
  const parameters = parametersOf(model);
  const groups: { weight: ParameterSpec; small: ParameterSpec[] }[] = [];
  for (const parameter of parameters) {
    if (parameter.role === 'weight') groups.push({ weight: parameter, small: [] });
    else groups.at(-1)?.small.push(parameter);
  }
  if (groups.length === 0) throw new RangeError(`model "${model.id}" has no layer with a weight`);
  const units = groups.map(({ weight, small }, index): Unit => {
    const { positions, inputs, outputs } = extentsOf(weight);
    const isLast = index === groups.length - 1;
    return {
      layer: weight.layer,
      weight,
      small,
      sizes: RATIOS.map((ratio) =>
        isLast
          ? positions * Math.ceil(inputs * ratio) * outputs
          : positions * inputs * Math.ceil(outputs * ratio),
      ),
      smallSize: small.reduce((sum, { size }) => sum + size, 0),
    };
  });

  function schemeOf({ depth, ratios }: Genome): UpdateScheme {
    const entries: SchemeEntry[] = [];
    units.forEach(({ weight, small }, index) => {
      const ratio = RATIOS[ratios[index]!]!;
      const { inputs, outputs } = extentsOf(weight);
      const isLast = index === units.length - 1;
      if (ratio > 0)
        entries.push({
          tensor: weight.name,
          output: [0, isLast ? outputs : Math.ceil(outputs * ratio)],
          input: [0, isLast ? Math.ceil(inputs * ratio) : inputs],
        });
      if (index >= units.length - depth)
        for (const { name, size } of small) entries.push({ tensor: name, output: [0, size], input: [0, 1] });
    });
    return { entries };
  }

  function genomeOf(scheme: UpdateScheme): Genome {
    const trains = (name: string): boolean => scheme.entries.some(({ tensor }) => tensor === name);
    const first = units.findIndex(({ small }) => small.some(({ name }) => trains(name)));
    const ratios = units.map(({ weight }, unit) => {
      const ofWeight = { entries: scheme.entries.filter(({ tensor }) => tensor === weight.name) };
      const at = (ratio: number): UpdateScheme =>
        schemeOf({ depth: 0, ratios: units.map((_, other) => (other === unit ? ratio : 0)) });
      return RATIOS.findIndex((_, ratio) => containsScheme(at(ratio), ofWeight));
    });
    return { depth: first < 0 ? 0 : units.length - first, ratios };
  }
  return { model, parameters, units, schemeOf, genomeOf };
}

/** A copy of the ratios with one of them replaced. */
export function withRatio(ratios: readonly number[], unit: number, ratio: number): number[] {
  return ratios.map((each, index) => (index === unit ? ratio : each));
}

/** Number of elements that a genome trains. */
export function genomeSize({ units }: SchemeSpace, { depth, ratios }: Genome): number {
  return units.reduce(
    (sum, { sizes, smallSize }, index) =>
      sum + sizes[ratios[index]!]! + (index >= units.length - depth ? smallSize : 0),
    0,
  );
}

/** The genome that trains everything. */
export function wholeGenome({ units }: SchemeSpace): Genome {
  return { depth: units.length, ratios: units.map(() => WHOLE) };
}

/** The genome that trains nothing. */
export function emptyGenome({ units }: SchemeSpace): Genome {
  return { depth: 0, ratios: units.map(() => 0) };
}

/** The last `count` layers whole, and of the one before them the share `RATIOS[partial]`. */
export function lastLayers({ units }: SchemeSpace, count: number, partial = 0): Genome {
  const first = units.length - count;
  return {
    depth: Math.min(units.length, count + (partial > 0 ? 1 : 0)),
    ratios: units.map((_, index) => (index >= first ? WHOLE : index === first - 1 ? partial : 0)),
  };
}
