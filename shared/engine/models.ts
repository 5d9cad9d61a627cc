// The models known by name. A model is data; nothing here computes.

import type { ModelSpec } from './model.ts';

const mlp: ModelSpec = {
  id: 'mlp',
  input: [784],
  layers: [
    { kind: 'dense', name: 'dense1', units: 128 },
    { kind: 'relu', name: 'relu1' },
    { kind: 'dense', name: 'dense2', units: 10 },
  ],
  loss: 'softmaxCrossEntropy',
};

/** 28 x 28 x 1, 105,866 parameters. */
const smallCnn: ModelSpec = {
  id: 'small-cnn',
  input: [28, 28, 1],
  layers: [
    { kind: 'conv2d', name: 'conv1', filters: 16, kernel: [3, 3], stride: 1, padding: 'same' },
    { kind: 'relu', name: 'relu1' },
    { kind: 'maxPool2d', name: 'pool1', size: 2, stride: 2 },
    { kind: 'conv2d', name: 'conv2', filters: 32, kernel: [3, 3], stride: 1, padding: 'same' },
    { kind: 'relu', name: 'relu2' },
    { kind: 'maxPool2d', name: 'pool2', size: 2, stride: 2 },
    { kind: 'flatten', name: 'flatten' },
    { kind: 'dense', name: 'dense1', units: 64 },
    { kind: 'relu', name: 'relu3' },
    { kind: 'dense', name: 'dense2', units: 10 },
  ],
  loss: 'softmaxCrossEntropy',
};

/** The small CNN without its hidden dense layer: 20,490 parameters. */
const digits: ModelSpec = {
  id: 'digits',
  input: smallCnn.input,
  layers: [...smallCnn.layers.slice(0, 7), { kind: 'dense', name: 'dense1', units: 10 }],
  loss: 'softmaxCrossEntropy',
};

export const MODELS: readonly ModelSpec[] = [mlp, smallCnn, digits];

/** The model of that id. Throws RangeError listing the known ids. */
export function findModel(id: string): ModelSpec {
  const model = MODELS.find((candidate) => candidate.id === id);
  if (!model) throw new RangeError(`model must be one of ${MODELS.map((m) => m.id).join(', ')}, got "${id}"`);
  return model;
}
