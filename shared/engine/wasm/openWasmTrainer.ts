// Trainers in WebAssembly for pages: the kernels that few models need are fetched when a plan asks for them, and what does
// without SIMD where there is none.

import type { ApartTransfer } from '../parameterTransfer.ts';
import type { TrainingPlan } from '../plan.ts';
import type { Trainer } from '../trainer.ts';
import { emitCommonOp, isRareOp, type EmitOp } from './kernels/emitCommonOp.ts';
import type { RegisterTile } from './kernels/kernel.ts';
import { vectorLanes, type Lanes, type Variant } from './code/lanes.ts';
import { createModuleTrainer } from './moduleTrainer.ts';

/** As `createWasmTrainer`. Rejects where that throws, and with TypeError where kernels cannot be fetched. */
export async function openWasmTrainer(
  plan: TrainingPlan,
  variant: Variant,
  tile?: RegisterTile,
): Promise<Trainer> {
  const [lanes, emitOp, apart] = await Promise.all([lanesFor(variant), kernelsFor(plan), transferFor(plan)]);
  return createModuleTrainer(plan, { lanes, emitOp, apart, tile });
}

async function transferFor(plan: TrainingPlan): Promise<ApartTransfer | null> {
  return plan.split ? (await import('../apartTransfer.ts')).createApartTransfer(plan) : null;
}

async function lanesFor(variant: Variant): Promise<Lanes> {
  return variant === 'scalar' ? (await import('./code/scalarLanes.ts')).SCALAR_LANES : vectorLanes(variant);
}

async function kernelsFor({ programs }: TrainingPlan): Promise<EmitOp> {
  const isRare = Object.values(programs).some((ops) => ops.some(isRareOp));
  return isRare ? (await import('./kernels/emitOp.ts')).emitOp : emitCommonOp;
}
