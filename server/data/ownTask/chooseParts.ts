// Which samples of a task of one's own train and which test: those of two files, or of one that is split.
// Knows nothing of models or scaling.

import { holdOut, type HeldOut } from './holdOut.ts';
import type { RawPart } from './rawPart.ts';
import { readPart, type PartContext } from './readPart.ts';
import type { Selection } from './scaleInputs.ts';
import type { TaskFile } from './taskFile.ts';

export interface Chosen extends Selection {
  readonly part: RawPart;
}

/** Reads them. `notes`: of all files. Throws DataError naming field, or file and place. */
export async function chooseParts(
  { data }: TaskFile,
  context: PartContext,
): Promise<{ train: Chosen; test: Chosen; notes: readonly string[] }> {
  const whole = await readPart(data, 'train', data.train, context);
  if (typeof data.test === 'object' && ('share' in data.test || 'clients' in data.test)) {
    const { train, test } = holdOut(whole, data.test as HeldOut, context.task);
    return { train: choose(whole, train), test: choose(whole, test), notes: whole.notes };
  }
  const like = { ...context, like: whole.columns };
  const other = await readPart(data, 'test', data.test as typeof data.train, like);
  return {
    train: choose(whole, allOf(whole)),
    test: choose(other, allOf(other)),
    notes: [...whole.notes, ...other.notes],
  };
}

function choose(part: RawPart, samples: Uint32Array): Chosen {
  return { part, rows: part.inputs, samples, place: (sample) => part.placeOf('inputs', sample) };
}

function allOf({ inputs }: RawPart): Uint32Array {
  return Uint32Array.from({ length: inputs.count }, (_, sample) => sample);
}
