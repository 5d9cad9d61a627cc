// Reads a TensorFlow.js LayersModel: `model.json` and its weights, without TensorFlow.js.
// Knows nothing of files or the network: bytes in, a model out.

import { INPUT_NAME, parametersOf, type ModelSpec } from '../model.ts';
import { decodeWeights } from './decodeWeights.ts';
import { layersOf, withPlainOutputs } from './drafts.ts';
import { foldBatchNorms } from './foldBatchNorms.ts';
import { foldZeroPads } from './foldZeroPads.ts';
import { draftLayers, freeName } from './layerContext.ts';
import { LAYER_READERS } from './layerReaders.ts';
import { parseTopology } from './parseTopology.ts';
import { takeLoss } from './takeLoss.ts';
import { refuseLayer } from './unsupportedLayers.ts';
import { createWeightSource } from './weightSource.ts';

/**
 * The model of a LayersModel file, saved by TensorFlow.js or converted from Keras 2, and its parameters in the order of
 * `parametersOf(model)`, owned by the caller.
 *
 * `modelJson` is the parsed `model.json` (or artifacts in memory, with `weightSpecs`); `weights` all its shards, one
 * after the other. Predictions agree with TensorFlow.js's: activations inside layers become layers of their own, frozen
 * batch normalizations are folded into the layer before them, and the last activation decides the loss (softmax
 * cross-entropy, binary cross-entropy for sigmoid, else the squared error). Signals `[steps, channels]` become images
 * of height 1, outputs that are no vector are flattened.
 *
 * Throws RangeError naming the field, the layer and its class, or the weight tensor, what was expected and what came.
 */
export function readLayersModel(
  modelJson: unknown,
  weights: ArrayBuffer,
): { model: ModelSpec; parameters: Float32Array[] } {
  const topology = parseTopology(modelJson);
  const unsupported = topology.layers.find(({ className }) => !Object.hasOwn(LAYER_READERS, className));
  if (unsupported) throw refuseLayer(unsupported);
  const source = createWeightSource(decodeWeights(modelJson, weights));
  const input = topology.input.length === 2 ? [1, ...topology.input] : topology.input;

  const read = draftLayers(topology, input, source, ({ className }, context) =>
    LAYER_READERS[className]!(context),
  );
  source.finish();
  const { drafts, loss } = takeLoss(read);
  if (drafts.length === 0)
    throw new RangeError(`modelJson: a layer of model "${topology.name}" must compute, and none does`);
  const names = new Set([INPUT_NAME, ...drafts.map(({ name }) => name)]);
  const folded = foldZeroPads(foldBatchNorms(drafts), input);
  const plain = withPlainOutputs(folded, freeName(names, 'outputs'));

  const model: ModelSpec = { id: topology.name, input, layers: layersOf(plain, INPUT_NAME), loss };
  parametersOf(model);
  return { model, parameters: plain.flatMap(({ values }) => [...values]) };
}
