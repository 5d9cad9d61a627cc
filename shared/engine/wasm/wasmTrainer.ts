// Trainers in WebAssembly with all kernels at hand. Pages fetch the rarer ones when a plan asks for them: openWasmTrainer.ts.

import { createApartTransfer } from '../apartTransfer.ts';
import type { TrainingPlan } from '../plan.ts';
import type { Trainer } from '../trainer.ts';
import { lanesOf } from './code/lanesOf.ts';
import { detectVariant } from './detectVariant.ts';
import { emitOp } from './kernels/emitOp.ts';
import type { RegisterTile } from './kernels/kernel.ts';
import type { Variant } from './code/lanes.ts';
import { createModuleTrainer } from './moduleTrainer.ts';
import { openUpdateEnds } from './updateEnds.ts';

/**
 * A trainer for the plan; parameters start at zero. `variant` must be one that `canRun`; `tile`: what
 * `tuneTile` found, for speed alone.
 * Throws WebAssembly.CompileError where it is not, RangeError where the memory cannot be had.
 */
export function createWasmTrainer(
  plan: TrainingPlan,
  variant: Variant = detectVariant(),
  tile?: RegisterTile,
): Trainer {
  const apart = plan.split ? createApartTransfer(plan) : null;
  return createModuleTrainer(plan, {
    lanes: lanesOf(variant),
    emitOp,
    openEnds: openUpdateEnds,
    apart,
    tile,
  });
}
