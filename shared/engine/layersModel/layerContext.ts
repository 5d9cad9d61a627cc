// What a layer's reader is given: its config, what it reads, its weights, and a place to put the steps it becomes.

import type { SampleShape } from '../shapes.ts';
import { INPUT_NAME } from '../model.ts';
import { stepShape, type Draft, type Step } from './drafts.ts';
import type { Fields } from './fields.ts';
import type { FileLayer, Topology } from './parseTopology.ts';
import type { WeightSource } from './weightSource.ts';

export interface LayerContext {
  readonly name: string;
  /** `layer "conv1" (Conv2D)`: errors start with it. */
  readonly origin: string;
  readonly config: Fields;
  /** Names of what it reads among ours. */
  readonly reads: readonly string[];
  readonly shapes: readonly SampleShape[];
  /** The file's input is `[steps, channels]`, held as an image of height 1. */
  readonly isSignal: boolean;
  /** The file's tensor of that role; throws RangeError where it is missing or of another shape. */
  weight(role: string, shape: readonly number[]): Float32Array;
  /**
   * Puts a step behind what the layer has put so far (at first: behind what it reads, or behind `reads`). It has the
   * layer's name, with `suffix` if given. Returns the step's name.
   */
  add(step: Step, values?: readonly Float32Array[], suffix?: string, reads?: readonly string[]): string;
  /** RangeError about this layer: what it must be or have, and what would do instead. */
  refuse(reason: string): RangeError;
}

/** The drafts that the layers of a file become, each read by `read`. */
export function draftLayers(
  topology: Topology,
  input: SampleShape,
  weights: WeightSource,
  read: (layer: FileLayer, context: LayerContext) => void,
): Draft[] {
  const drafts: Draft[] = [];
  const shapes = new Map<string, SampleShape>([[INPUT_NAME, input]]);
  const outputs = new Map<string, string>([[INPUT_NAME, INPUT_NAME]]);
  const names = new Set([INPUT_NAME, ...topology.layers.map(({ name }) => name)]);

  for (const layer of topology.layers) {
    const { origin, config } = layer;
    const name = layer.name === INPUT_NAME ? freeName(names, layer.name) : layer.name;
    const sources = layer.reads.map((read) => outputs.get(read)!);
    let tail = sources;
    read(layer, {
      name,
      origin,
      config,
      reads: sources,
      isSignal: topology.input.length === 2,
      shapes: sources.map((source) => shapes.get(source)!),
      weight: (role, shape) => weights.take(layer.name, origin, role, shape),
      add(step, values = [], suffix = '', reads = tail) {
        const stepName = suffix ? freeName(names, name + suffix) : name;
        const shape = stepShape(
          stepName,
          step,
          reads.map((source) => shapes.get(source)!),
        );
        drafts.push({ name: stepName, origin, step, reads, values, shape });
        shapes.set(stepName, shape);
        tail = [stepName];
        return stepName;
      },
      refuse: (reason) => new RangeError(`${origin}: ${reason}`),
    });
    outputs.set(layer.name, tail[0]!);
  }
  return drafts;
}

/** The wanted name, or the first of `wanted.2`, `wanted.3`, ... that is free; taken from then on. */
export function freeName(names: Set<string>, wanted: string): string {
  let name = wanted;
  for (let count = 2; names.has(name); count++) name = `${wanted}.${count}`;
  names.add(name);
  return name;
}
