// Written by ops/opTables.test.ts from the folders in ops: npm test -- opTables -u

import { emitActivation } from '../../ops/activation/wasm.ts';
import { emitAdd } from '../../ops/add/wasm.ts';
import { emitApplyMomentum } from '../../ops/applyMomentum/wasm.ts';
import { emitAvgPool2d } from '../../ops/avgPool2d/wasm.ts';
import { emitAvgPool2dGrad } from '../../ops/avgPool2dGrad/wasm.ts';
import { emitBinaryCrossEntropy } from '../../ops/binaryCrossEntropy/wasm.ts';
import { emitCopy } from '../../ops/copy/wasm.ts';
import { emitDecayWeight } from '../../ops/decayWeight/wasm.ts';
import { emitDropout } from '../../ops/dropout/wasm.ts';
import { emitExpandDepthwise } from '../../ops/expandDepthwise/wasm.ts';
import { emitGroupNorm } from '../../ops/groupNorm/wasm.ts';
import { emitGroupNormInputGrad } from '../../ops/groupNormInputGrad/wasm.ts';
import { emitGroupNormParameterGrad } from '../../ops/groupNormParameterGrad/wasm.ts';
import { emitMaxPool2d } from '../../ops/maxPool2d/wasm.ts';
import { emitMeanSquaredError } from '../../ops/meanSquaredError/wasm.ts';
import { emitScaleMomentum } from '../../ops/scaleMomentum/wasm.ts';
import type { Kernels, RareKind } from './emitCommonOp.ts';

export const RARE_KERNELS: Pick<Kernels, RareKind> = {
  activation: emitActivation,
  add: emitAdd,
  applyMomentum: emitApplyMomentum,
  avgPool2d: emitAvgPool2d,
  avgPool2dGrad: emitAvgPool2dGrad,
  binaryCrossEntropy: emitBinaryCrossEntropy,
  copy: emitCopy,
  decayWeight: emitDecayWeight,
  dropout: emitDropout,
  expandDepthwise: emitExpandDepthwise,
  groupNorm: emitGroupNorm,
  groupNormInputGrad: emitGroupNormInputGrad,
  groupNormParameterGrad: emitGroupNormParameterGrad,
  maxPool2d: emitMaxPool2d,
  meanSquaredError: emitMeanSquaredError,
  scaleMomentum: emitScaleMomentum,
};
