// The models known by name. A model is data; nothing here computes.

import type { LayerSpec } from './layers/layers.ts';
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

/** 128 steps of 6 motion channels as an image of height 1; six activities. */
const harCnn: ModelSpec = {
  id: 'har-cnn',
  input: [1, 128, 6],
  layers: [
    { kind: 'conv2d', name: 'conv1', filters: 32, kernel: [1, 5], stride: 1, padding: 'same' },
    { kind: 'relu', name: 'relu1' },
    { kind: 'maxPool2d', name: 'pool1', size: [1, 2], stride: [1, 2] },
    { kind: 'conv2d', name: 'conv2', filters: 64, kernel: [1, 5], stride: 1, padding: 'same' },
    { kind: 'relu', name: 'relu2' },
    { kind: 'maxPool2d', name: 'pool2', size: [1, 2], stride: [1, 2] },
    { kind: 'conv2d', name: 'conv3', filters: 64, kernel: [1, 5], stride: 1, padding: 'same' },
    { kind: 'relu', name: 'relu3' },
    { kind: 'globalAvgPool', name: 'pool3' },
    { kind: 'dense', name: 'dense1', units: 6 },
  ],
  loss: 'softmaxCrossEntropy',
};

/** ResNet-8 for 32 x 32 x 3 (He et al. 2015, arXiv 1512.03385, section 4.2, n = 1), with group norm in place of batch norm. */
const resnet8: ModelSpec = {
  id: 'resnet8-32',
  input: [32, 32, 3],
  layers: [
    ...normedConvolution('stem', 'input', 16, 3, 1),
    { kind: 'relu', name: 'stem.relu' },
    ...residualBlock('block1', 'stem.relu', 16, 1, false),
    ...residualBlock('block2', 'block1.relu', 32, 2, true),
    ...residualBlock('block3', 'block2.relu', 64, 2, true),
    { kind: 'globalAvgPool', name: 'pool' },
    { kind: 'dense', name: 'dense1', units: 10 },
  ],
  loss: 'softmaxCrossEntropy',
};

function normedConvolution(
  name: string,
  reads: string,
  filters: number,
  size: number,
  stride: 1 | 2,
): LayerSpec[] {
  return [
    { kind: 'conv2d', name, inputs: [reads], filters, kernel: [size, size], stride, padding: 'same' },
    { kind: 'groupNorm', name: `${name}.norm`, groups: 8, epsilon: 1e-5 },
  ];
}

/** Two 3 x 3 convolutions and what was read, added; a 1 x 1 convolution fits the shape where it changes. */
function residualBlock(
  name: string,
  reads: string,
  filters: number,
  stride: 1 | 2,
  projects: boolean,
): LayerSpec[] {
  const projection = projects ? normedConvolution(`${name}.shortcut`, reads, filters, 1, stride) : [];
  return [
    ...projection,
    ...normedConvolution(`${name}.conv1`, reads, filters, 3, stride),
    { kind: 'relu', name: `${name}.relu1` },
    ...normedConvolution(`${name}.conv2`, `${name}.relu1`, filters, 3, 1),
    {
      kind: 'add',
      name: `${name}.add`,
      inputs: [`${name}.conv2.norm`, projects ? `${name}.shortcut.norm` : reads],
    },
    { kind: 'relu', name: `${name}.relu` },
  ];
}

/** Stages of MobileNetV2 (arXiv 1801.04381, table 2): expansion, channels, blocks, stride. */
const MOBILENET_STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** Channels at a width, as the reference implementation rounds them: to a multiple of 8, never below 90 %. */
function widthOf(channels: number, width: number): number {
  const rounded = Math.max(8, Math.floor((channels * width + 4) / 8) * 8);
  return rounded < 0.9 * channels * width ? rounded + 8 : rounded;
}

/**
 * MobileNetV2 at width 0.35 with its batch norms folded and without the 1280-wide last layer. `numFine` of the strides
 * (stem first, then stages) are 1 instead of what is published, for small pictures.
 */
function mobileNetV2(size: number, numFine: number): ModelSpec {
  const layers: LayerSpec[] = [];
  let channels = widthOf(32, 0.35);
  let reads = 'stem.relu6';
  const strideOf = (stage: number, published: number) => (stage < numFine ? 1 : published) as 1 | 2;
  layers.push(
    {
      kind: 'conv2d',
      name: 'stem',
      filters: channels,
      kernel: [3, 3],
      stride: strideOf(0, 2),
      padding: 'same',
    },
    { kind: 'relu6', name: 'stem.relu6' },
  );
  MOBILENET_STAGES.forEach(([expansion, base, numBlocks, stageStride], stage) => {
    const filters = widthOf(base, 0.35);
    for (let block = 0; block < numBlocks; block++) {
      const name = `s${stage + 1}b${block + 1}`;
      const stride = block === 0 ? strideOf(stage + 1, stageStride) : 1;
      const wide = channels * expansion;
      if (expansion > 1)
        layers.push(
          {
            kind: 'conv2d',
            name: `${name}.expand`,
            inputs: [reads],
            filters: wide,
            kernel: [1, 1],
            stride: 1,
            padding: 'same',
          },
          { kind: 'relu6', name: `${name}.expand.relu6` },
        );
      layers.push(
        {
          kind: 'conv2d',
          name: `${name}.depthwise`,
          inputs: [expansion > 1 ? `${name}.expand.relu6` : reads],
          filters: wide,
          groups: wide,
          kernel: [3, 3],
          stride,
          padding: 'same',
        },
        { kind: 'relu6', name: `${name}.depthwise.relu6` },
        { kind: 'conv2d', name: `${name}.project`, filters, kernel: [1, 1], stride: 1, padding: 'same' },
      );
      const isResidual = stride === 1 && channels === filters;
      if (isResidual) layers.push({ kind: 'add', name: `${name}.add`, inputs: [`${name}.project`, reads] });
      reads = isResidual ? `${name}.add` : `${name}.project`;
      channels = filters;
    }
  });
  layers.push({ kind: 'globalAvgPool', name: 'pool' }, { kind: 'dense', name: 'classifier', units: 10 });
  return { id: `mobilenetv2-035-${size}`, input: [size, size, 3], layers, loss: 'softmaxCrossEntropy' };
}

export const MODELS: readonly ModelSpec[] = [
  mlp,
  smallCnn,
  digits,
  harCnn,
  resnet8,
  mobileNetV2(32, 3),
  mobileNetV2(96, 0),
];

/** The model of that id. Throws RangeError listing the known ids. */
export function findModel(id: string): ModelSpec {
  const model = MODELS.find((candidate) => candidate.id === id);
  if (!model) throw new RangeError(`model must be one of ${MODELS.map((m) => m.id).join(', ')}, got "${id}"`);
  return model;
}
