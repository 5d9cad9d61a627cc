// Trainers in WebAssembly for pages: the kernels that few models need are fetched when a plan asks for them.

import type { TrainingPlan } from '../plan.ts';
import type { Trainer } from '../trainer.ts';
import { emitCommonOp, isRareOp, type EmitOp } from './kernels/emitCommonOp.ts';
import type { RegisterTile } from './kernels/kernel.ts';
import type { Variant } from './code/lanes.ts';
import { createModuleTrainer } from './moduleTrainer.ts';

/** As `createWasmTrainer`. Rejects where that throws, and with TypeError where kernels cannot be fetched. */
export async function openWasmTrainer(
  plan: TrainingPlan,
  variant: Variant,
  tile?: RegisterTile,
): Promise<Trainer> {
  return createModuleTrainer(plan, { variant, emitOp: await kernelsFor(plan), tile });
}

async function kernelsFor({ programs }: TrainingPlan): Promise<EmitOp> {
  const isRare = Object.values(programs).some((ops) => ops.some(isRareOp));
  return isRare ? (await import('./kernels/emitOp.ts')).emitOp : emitCommonOp;
}
