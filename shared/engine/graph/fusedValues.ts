// Fusion of a convolution with the depthwise one that alone reads it: the image between the two never exists.

import type { ConvStage, Stage } from './stage.ts';
import type { ValueUse } from './valueUse.ts';

/** Values that need not exist: their producer and their only reader, the next stage, can be one op. `isNeeded`: by a backward pass. */
export function fusedValues(
  stages: readonly Stage[],
  use: ValueUse,
  isNeeded: (value: number) => boolean,
): ReadonlySet<number> {
  const fused = new Set<number>();
  stages.forEach((stage, index) => {
    const producer = stages[index - 1];
    if (!producer || !canExpand(producer) || !isDepthwise(stage)) return;
    if (stage.reads[0] !== index || use.readers(index).length > 1 || isNeeded(index)) return;
    fused.add(index);
  });
  return fused;
}

/** Narrower images cost up to 1.4 times the time in rows of their own, and are small. */
const LEAST_WIDTH = 4;
/** Larger windows do not fit the memory of a GPU's workgroup. */
const MOST_POSITIONS = 64;

function canExpand(stage: Stage): boolean {
  return stage.kind === 'conv' && stage.geometry.groups === 1 && !stage.pool;
}

/** Each of several channels by itself, over more rows than a window has, with windows that leave out no row. */
function isDepthwise(stage: Stage): stage is ConvStage {
  if (stage.kind !== 'conv') return false;
  const { groups, inputChannels, filters, kernelHeight, kernelWidth, stride } = stage.geometry;
  const [height, width] = stage.input;
  const isWorthIt = width >= LEAST_WIDTH && height > kernelHeight;
  const canBeFused = kernelHeight >= stride && kernelHeight * kernelWidth <= MOST_POSITIONS;
  return groups > 1 && groups === inputChannels && groups === filters && isWorthIt && canBeFused;
}
