// The layers of a LayersModel file and what each reads, still in the file's own words and checked for form only.
// Knows nothing of weights, nor of what the layers mean.

import { INPUT_NAME } from '../model.ts';
import {
  expected,
  fieldsOf,
  isCount,
  listField,
  listOf,
  objectField,
  textField,
  type Fields,
} from './fields.ts';

/** One layer of the file; errors about it start with `origin`: `layer "conv1" (Conv2D)`. */
export interface FileLayer {
  readonly name: string;
  readonly className: string;
  readonly origin: string;
  readonly config: Fields;
  /** Names of the file's layers that it reads; `input` is the model's own input. */
  readonly reads: readonly string[];
}

export interface Topology {
  readonly name: string;
  /** Shape of one sample as the file has it: 1 to 3 extents. */
  readonly input: readonly number[];
  /** Each after those that it reads; the last one gives the outputs. Input layers are not among them. */
  readonly layers: readonly FileLayer[];
}

/** The topology of a `model.json`, sequential or functional, saved by TensorFlow.js or converted from Keras 2. Throws RangeError. */
export function parseTopology(modelJson: unknown): Topology {
  const file = fieldsOf(modelJson, 'modelJson');
  if (file.values['format'] === 'graph-model')
    throw new RangeError(
      'modelJson.format must be "layers-model", got "graph-model"; convert the Keras model with --output_format tfjs_layers_model instead',
    );
  const outer = objectField(file, 'modelTopology');
  const topology = outer.values['model_config'] === undefined ? outer : objectField(outer, 'model_config');
  const className = textField(topology, 'class_name');
  if (className === 'Sequential') return parseSequential(topology);
  if (className === 'Model' || className === 'Functional') return parseFunctional(topology);
  throw expected(`${topology.prefix}class_name`, '"Sequential", "Model" or "Functional"', className);
}

function parseSequential(topology: Fields): Topology {
  const { config } = topology.values;
  const path = `${topology.prefix}config`;
  // Before version 1.0 the config was the list itself.
  const fields = Array.isArray(config)
    ? { prefix: `${path}.`, values: { layers: config } }
    : fieldsOf(config, path);
  const entries = parseEntries(fields);
  if (entries.length === 0) throw expected(`${fields.prefix}layers`, 'a list of at least one layer', []);
  const built = fields.values['build_input_shape'];
  const input = inputShape(entries[0]!, built);
  const layers = entries
    .filter((entry, index) => {
      if (entry.className === 'InputLayer' && index > 0)
        throw new RangeError(
          `${entry.origin} must come first; put the layers after it into one model instead`,
        );
      return entry.className !== 'InputLayer';
    })
    .map((layer, index, all) => ({ ...layer, reads: [all[index - 1]?.name ?? INPUT_NAME] }));
  return finish(fields, input, layers);
}

function parseFunctional(topology: Fields): Topology {
  const fields = objectField(topology, 'config');
  const entries = new Map(parseEntries(fields).map((entry) => [entry.name, entry]));
  const input = onlyEnd('input_layers', 'input');
  if (input.className !== 'InputLayer')
    throw expected(`${fields.prefix}input_layers`, 'the name of an InputLayer', input.name);
  const layers: FileLayer[] = [];
  const state = new Map<string, 'open' | 'done'>();

  function onlyEnd(key: string, what: string): Entry {
    const ends = readsOf(fields.values[key], fields.prefix + key);
    if (ends.length !== 1)
      throw new RangeError(
        `${fields.prefix}${key} must name one ${what}, got ${ends.length}; cut the model down to one ${what} instead`,
      );
    return entryRead(ends[0], `${fields.prefix}${key}[0]`);
  }
  /** The layer of `[name, node, tensor, ...]`; a layer has one call and one output here. */
  function entryRead(value: unknown, path: string, pathOfName = path): Entry {
    const [name, node, tensor] = listOf(value, path);
    if (typeof name !== 'string') throw expected(path, '[name of a layer, 0, 0]', value);
    const entry = entries.get(name);
    if (!entry) throw expected(pathOfName, 'the name of a layer', name);
    // Who reads a later call is not at fault: the layer that has more than one is.
    if (entry.className !== 'InputLayer') expectOneCall(entry);
    if (node !== 0 || tensor !== 0) throw expected(path, '[name of a layer, 0, 0]', value);
    return entry;
  }
  function visit(entry: Entry): void {
    if (entry.className === 'InputLayer') {
      if (entry.name !== input.name) throw new RangeError(`${entry.origin} is no input of this model`);
      return;
    }
    if (state.get(entry.name) === 'done') return;
    if (state.get(entry.name) === 'open')
      throw new RangeError(`${entry.origin} reads its own output: a cycle`);
    state.set(entry.name, 'open');
    const path = `${entry.origin}: inbound_nodes`;
    const reads = readsOf(expectOneCall(entry), `${path}[0]`).map((value, index) =>
      entryRead(value, `${path}[0][${index}]`, path),
    );
    for (const read of reads) visit(read);
    state.set(entry.name, 'done');
    layers.push({ ...entry, reads: reads.map(({ name }) => (name === input.name ? INPUT_NAME : name)) });
  }

  visit(onlyEnd('output_layers', 'output'));
  return finish(fields, inputShape(input), layers);
}

function finish(fields: Fields, input: readonly number[], layers: readonly FileLayer[]): Topology {
  if (layers.length === 0) throw new RangeError(`${fields.prefix}layers must hold more than an input layer`);
  return { name: textField(fields, 'name', 'model'), input, layers };
}

interface Entry extends Omit<FileLayer, 'reads'> {
  readonly inbound: unknown;
}

function parseEntries(fields: Fields): Entry[] {
  const names = new Set<string>();
  return listField(fields, 'layers').map((value, index) => {
    const layer = fieldsOf(value, `${fields.prefix}layers[${index}]`);
    const className = textField(layer, 'class_name');
    const config = objectField(layer, 'config');
    const name = layer.values['name'] === undefined ? textField(config, 'name') : textField(layer, 'name');
    if (names.has(name))
      throw new RangeError(`${layer.prefix}name "${name}" is used twice; names must differ`);
    names.add(name);
    const origin = `layer "${name}" (${className})`;
    return {
      name,
      className,
      origin,
      config: { prefix: `${origin}: `, values: config.values },
      inbound: layer.values['inbound_nodes'],
    };
  });
}

/** What a layer's one call reads. */
function expectOneCall({ inbound, origin }: Entry): unknown {
  const path = `${origin}: inbound_nodes`;
  const calls = listOf(inbound, path);
  if (calls.length !== 1)
    throw new RangeError(
      `${path} must hold one call, got ${calls.length}; instead of sharing the layer, give each call a layer of its own`,
    );
  if (!Array.isArray(calls[0]))
    throw new RangeError(
      `${path}[0] must be a list as Keras 2 writes it, got another form (Keras 3); save the model with Keras 2 (package tf_keras) instead`,
    );
  return calls[0];
}

/** Tensors as `[[name, node, tensor], ...]`. Where there is one, some versions of Keras write it alone, others in one list more. */
function readsOf(value: unknown, path: string): readonly unknown[] {
  const list = listOf(value, path);
  if (typeof list[0] === 'string') return [list];
  const [only] = list;
  return list.length === 1 && Array.isArray(only) && Array.isArray(only[0]) ? only : list;
}

function inputShape(entry: Entry, fallback?: unknown): number[] {
  const { values } = entry.config;
  const shape = values['batch_input_shape'] ?? values['batch_shape'] ?? fallback;
  const path = `${entry.origin}: batch_input_shape`;
  const [, ...extents] = listOf(shape, path);
  if (extents.length < 1 || extents.length > 3 || !extents.every(isCount))
    throw expected(
      path,
      '[null, features], [null, steps, channels] or [null, height, width, channels] of fixed integers >= 1',
      shape,
    );
  return extents;
}
