// Zero rows before a "valid" convolution, as Keras's own MobileNets have them, are what "same" padding does by itself.

import { convExtent } from '../layers/conv2d.ts';
import type { SampleShape } from '../shapes.ts';
import { withoutDraft, type Draft } from './drafts.ts';

/** The drafts without zero padding. Throws RangeError where the next layer is no convolution whose "same" padding equals it. */
export function foldZeroPads(drafts: readonly Draft[], input: SampleShape): readonly Draft[] {
  let folded = drafts;
  for (;;) {
    const pad = folded.find((draft) => draft.step.kind === 'zeroPad');
    if (!pad) return folded;
    const readers = folded.filter((draft) => draft.reads.includes(pad.name));
    const unpadded = folded.find((draft) => draft.name === pad.reads[0])?.shape ?? input;
    if (readers.length === 0 || !readers.every((reader) => isSamePadding(pad, reader, unpadded)))
      throw new RangeError(
        `${pad.origin}: zeros are added only as the "same" padding of the convolution that reads them, and these differ; ` +
          'leave the layer out and set padding "same" in the convolution instead',
      );
    folded = withoutDraft(folded, pad, pad.reads[0]!).map((draft) =>
      readers.some((reader) => reader.name === draft.name)
        ? ({ ...draft, step: { ...draft.step, padding: 'same' } } as Draft)
        : draft,
    );
  }
}

function isSamePadding(pad: Draft, reader: Draft, unpadded: SampleShape): boolean {
  const { step } = reader;
  if (pad.step.kind !== 'zeroPad' || step.kind !== 'conv2d' || step.padding !== 'valid') return false;
  const { before } = pad.step;
  return [0, 1].every((axis) => {
    const same = convExtent(unpadded[axis]!, step.kernel[axis]!, step.stride, 'same');
    return same.before === before[axis] && same.output === reader.shape[axis];
  });
}
