// Writes a model as a TensorFlow.js LayersModel: `model.json` and one file of weights, without TensorFlow.js.

import {
  INPUT_NAME,
  inputsOf,
  layerShapes,
  parametersOf,
  type LossKind,
  type ModelSpec,
  type Parameters,
} from '../model.ts';
import { changedNames, exportNames } from './exportNames.ts';
import { freeName } from './layerContext.ts';
import { writeLayer } from './layerWriters.ts';
import { writtenActivation, type WrittenLayer } from './writtenLayer.ts';

/** Where `model.json` says that the weights are, beside it. */
export const WEIGHTS_FILE = 'weights.bin';

interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32';
}

/** What `model.json` holds. */
export interface LayersModelJson {
  readonly format: 'layers-model';
  readonly generatedBy: string;
  readonly convertedBy: null;
  readonly modelTopology: object;
  /** Names of layers that are another in the file; there where any is. */
  readonly userDefinedMetadata?: { readonly namesInMinnow: Readonly<Record<string, string>> };
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: WeightSpec[] }[];
}

interface NamedLayer extends WrittenLayer {
  readonly name: string;
  readonly reads: readonly string[];
}

const LAST_ACTIVATIONS: Readonly<Record<LossKind, string | null>> = {
  softmaxCrossEntropy: 'softmax',
  binaryCrossEntropy: 'sigmoid',
  meanSquaredError: null,
};

/**
 * The model as `model.json` (to be written as JSON) and the bytes of its `weights.bin`: sequential where each layer reads
 * the one before it, else functional. `tf.loadLayersModel` loads it and predicts what our trainers do: the loss's softmax
 * or sigmoid comes last. `parameters` are in the order of `parametersOf(model)` and are copied. Layers whose names TensorFlow.js
 * refuses have others, which the file tells (`exportNames.ts`).
 *
 * Throws RangeError naming a layer that TensorFlow.js lacks, or a parameter of a wrong length.
 */
export function writeLayersModel(
  model: ModelSpec,
  parameters: Parameters,
): { modelJson: LayersModelJson; weights: ArrayBuffer } {
  checkParameters(model, parameters);
  const layers = namedLayers(model);
  const weights = layers.flatMap((layer) =>
    (layer.weights ?? []).map(({ role, shape }): WeightSpec => ({
      name: `${layer.name}/${role}`,
      shape,
      dtype: 'float32',
    })),
  );
  const modelJson: LayersModelJson = {
    format: 'layers-model',
    generatedBy: 'minnow',
    convertedBy: null,
    modelTopology: topologyOf(model, layers),
    ...metadataOf(model),
    weightsManifest: [{ paths: [WEIGHTS_FILE], weights }],
  };
  return { modelJson, weights: concatenate(parameters) };
}

function metadataOf(model: ModelSpec): Pick<LayersModelJson, 'userDefinedMetadata'> {
  const changed = Object.entries(changedNames(model));
  if (changed.length === 0) return {};
  return {
    userDefinedMetadata: {
      namesInMinnow: Object.fromEntries(changed.map(([name, exported]) => [exported, name])),
    },
  };
}

function checkParameters(model: ModelSpec, parameters: Parameters): void {
  const specs = parametersOf(model);
  if (parameters.length !== specs.length)
    throw new RangeError(
      `parameters must hold the ${specs.length} tensors of model "${model.id}", got ${parameters.length}`,
    );
  specs.forEach(({ name, size }, index) => {
    if (parameters[index]!.length !== size)
      throw new RangeError(
        `parameters: "${name}" must have ${size} elements, got ${parameters[index]!.length}`,
      );
  });
}

function namedLayers(model: ModelSpec): NamedLayer[] {
  const shapes = layerShapes(model);
  const names = exportNames(model);
  const layers = model.layers.map((layer, index): NamedLayer => {
    const reads = inputsOf(model, index);
    return {
      ...writeLayer(layer, reads[0]! < 0 ? model.input : shapes[reads[0]!]!),
      name: names.get(layer.name)!,
      reads: reads.map((read) => (read < 0 ? INPUT_NAME : names.get(model.layers[read]!.name)!)),
    };
  });
  const last = LAST_ACTIVATIONS[model.loss];
  if (last === null) return layers;
  const name = freeName(new Set([INPUT_NAME, ...names.values()]), last);
  return [...layers, { ...writtenActivation(last), name, reads: [layers.at(-1)!.name] }];
}

function topologyOf(model: ModelSpec, layers: readonly NamedLayer[]): object {
  const isChain = layers.every(
    ({ reads }, index) => reads.length === 1 && reads[0] === (layers[index - 1]?.name ?? INPUT_NAME),
  );
  const input: NamedLayer = {
    name: INPUT_NAME,
    className: 'InputLayer',
    config: { batch_input_shape: [null, ...model.input], dtype: 'float32', sparse: false },
    reads: [],
  };
  const entries = [input, ...layers].map(({ name, className, config, reads }) => ({
    class_name: className,
    config: { ...config, name },
    ...(isChain ? {} : { name, inbound_nodes: reads.length ? [reads.map((read) => [read, 0, 0, {}])] : [] }),
  }));
  if (isChain) return { class_name: 'Sequential', config: { name: model.id, layers: entries } };
  return {
    class_name: 'Model',
    config: {
      name: model.id,
      layers: entries,
      input_layers: [[INPUT_NAME, 0, 0]],
      output_layers: [[layers.at(-1)!.name, 0, 0]],
    },
  };
}

function concatenate(parameters: Parameters): ArrayBuffer {
  const values = new Float32Array(parameters.reduce((size, tensor) => size + tensor.length, 0));
  let offset = 0;
  for (const tensor of parameters) {
    values.set(tensor, offset);
    offset += tensor.length;
  }
  return values.buffer;
}
