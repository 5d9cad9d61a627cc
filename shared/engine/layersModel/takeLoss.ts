// A file's last activation says what its outputs are measured by; our models keep it in the loss.

import type { LossKind } from '../model.ts';
import { withoutDraft, type Draft } from './drafts.ts';

/**
 * The drafts without their last activation, and the loss that it stands for: softmax, sigmoid, or none (squared error).
 * Throws RangeError for a softmax anywhere else, or over the channels of an image.
 */
export function takeLoss(drafts: readonly Draft[]): { drafts: readonly Draft[]; loss: LossKind } {
  const last = drafts.at(-1);
  if (!last) return { drafts, loss: 'meanSquaredError' };
  const early = drafts.find((draft) => draft.step.kind === 'softmax' && draft !== last);
  if (early)
    throw new RangeError(
      `${early.origin}: softmax must be the last activation of the model; take sigmoid in its place, or end the model there instead`,
    );
  if (last.step.kind === 'sigmoid' && drafts.length > 1)
    return { drafts: withoutDraft(drafts, last, last.reads[0]!), loss: 'binaryCrossEntropy' };
  if (last.step.kind !== 'softmax') return { drafts, loss: 'meanSquaredError' };
  if (last.shape.length !== 1)
    throw new RangeError(
      `${last.origin}: softmax must be over one vector of classes, got [${last.shape.join(', ')}]; put a Flatten layer before it instead`,
    );
  return { drafts: withoutDraft(drafts, last, last.reads[0]!), loss: 'softmaxCrossEntropy' };
}
