// The newest global model, out of the server and into a trainer: only those tensors that it has not got yet.
// Knows nothing of what is done with it.

import { parametersOf } from '../../../shared/engine/model.ts';
import type { Trainer } from '../../../shared/engine/trainer.ts';
import { decodeWeight } from '../../../shared/engine/weightCodec.ts';
import { decodeModel } from '../../../shared/contract/modelCodec.ts';
import type { OwnEngine } from './ownHost.ts';

/** What a trainer holds of the global model. */
export interface HeldModel {
  /** -1 before anything has come. */
  readonly version: number;
  /** Of each tensor. */
  readonly held: readonly number[];
  /** As they came, of those tensors that were asked for. */
  readonly values: ReadonlyMap<number, Float32Array>;
}

export const NO_MODEL_HELD: HeldModel = { version: -1, held: [], values: new Map() };

/**
 * Loads what is newer than what the trainer holds, and keeps the values of the tensors in `kept` besides. Null where the
 * trainer was no longer wanted when the answer came: it is left alone.
 */
export async function loadNewest(
  trainer: Trainer,
  before: HeldModel,
  kept: readonly number[],
  { loadBlocks, splitMessage, fetchModel }: OwnEngine,
  isWanted: () => boolean,
): Promise<HeldModel | null> {
  const asked = parametersOf(trainer.plan.model).map((_, tensor) => before.held[tensor] ?? -1);
  const { header, blocks } = decodeModel(await fetchModel(asked));
  if (!isWanted()) return null;
  const message = { scheme: trainer.plan.scheme, blocks: header.blocks };
  loadBlocks(trainer, message, [], blocks);
  const held = [...asked];
  const values = new Map(before.values);
  for (const { header: block, form, bytes } of splitMessage(trainer.plan.model, message, blocks)) {
    held[block.tensor] = block.version;
    if (kept.includes(block.tensor))
      values.set(block.tensor, decodeWeight(bytes, form.matrix, block.precision));
  }
  return { version: header.version, held, values };
}
