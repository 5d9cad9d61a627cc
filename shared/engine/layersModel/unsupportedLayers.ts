// Layers that files have and our models lack, and what would do instead.

import { LAYER_READERS } from './layerReaders.ts';
import type { FileLayer } from './parseTopology.ts';

const INSTEAD: Readonly<Record<string, string>> = {
  LSTM: 'Conv1D layers and a GlobalAveragePooling1D',
  GRU: 'Conv1D layers and a GlobalAveragePooling1D',
  SimpleRNN: 'Conv1D layers and a GlobalAveragePooling1D',
  Bidirectional: 'Conv1D layers and a GlobalAveragePooling1D',
  TimeDistributed: 'Conv1D layers of kernel size 1',
  Embedding: 'inputs that are vectors already',
  LeakyReLU: 'a ReLU, and training it anew',
  PReLU: 'a ReLU, and training it anew',
  ThresholdedReLU: 'a ReLU, and training it anew',
  Concatenate: 'an Add of branches of one shape',
  Average: 'an Add, with its factor in the layer after it',
  Multiply: 'an Add',
  GlobalMaxPooling2D: 'a GlobalAveragePooling2D',
  GlobalMaxPooling1D: 'a GlobalAveragePooling1D',
  Conv3D: 'a Conv2D over depth as channels',
  Conv2DTranspose: 'a Dense layer that gives the outputs',
  UpSampling2D: 'a Dense layer that gives the outputs',
  Cropping2D: 'a smaller input',
  ZeroPadding1D: 'padding "same" in the convolution after it',
  SpatialDropout1D: 'a Dropout',
  SpatialDropout2D: 'a Dropout',
  GaussianNoise: 'a Dropout',
  GaussianDropout: 'a Dropout',
  AlphaDropout: 'a Dropout',
  Rescaling: 'samples that are scaled before they come in',
  Normalization: 'samples that are scaled before they come in',
  Sequential: 'its layers one by one in the model around it',
  Model: 'its layers one by one in the model around it',
  Functional: 'its layers one by one in the model around it',
};

/** The error that names a layer and its class, and says what would do instead. */
export function refuseLayer({ origin, className }: FileLayer): RangeError {
  const instead = Object.hasOwn(INSTEAD, className)
    ? INSTEAD[className]!
    : `layers among ${Object.keys(LAYER_READERS).join(', ')}`;
  return new RangeError(`${origin}: this class is not supported; what would do instead: ${instead}`);
}
