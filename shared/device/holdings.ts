// What a device holds of the model, and all that changes it. Pure: the values themselves lie in a tab's arena, or in the arrays
// of a simulation, of which this knows nothing.
//
//     nothing -> kept blocks -> begun -> arrived -> trained -> begun -> ...
//     another arena, or another slice of the network: nothing

import type { Width } from '../engine/width.ts';
import type { TravelPrecision } from '../engine/weightCodec.ts';
import { coarserOf } from '../contract/blockForm.ts';
import type { Assignment, BlockHeader, Holding } from '../contract/messages.ts';

/** A whole tensor as it came, kept beside the arena. */
export type KeptBlock = Omit<BlockHeader, 'part'>;

/** Replaced at each change, never changed. */
export interface Holdings {
  /** Version of each parameter tensor; -1: it is not there. */
  readonly held: readonly number[];
  readonly precisions: readonly TravelPrecision[];
  /** The slice of the network that they are of; null: the whole. */
  readonly width: Width | null;
  /** It has trained since they came. */
  readonly hasMoved: boolean;
  /** What of its last update has not travelled lies where it was trained, for the next one. */
  readonly hasUnsent: boolean;
}

export function nothingHeld(numTensors: number): Holdings {
  return {
    held: Array<number>(numTensors).fill(-1),
    precisions: Array<TravelPrecision>(numTensors).fill('float32'),
    width: null,
    hasMoved: false,
    hasUnsent: false,
  };
}

/** Another page, or no arena any more: what was held was kept, and what was trained of it is lost. */
export function reloaded(holdings: Holdings): Holdings {
  return { ...holdings, hasMoved: true, hasUnsent: false };
}

/** Without the blocks that were on their way. */
export function withoutBlocks(holdings: Holdings, blocks: readonly BlockHeader[]): Holdings {
  const gone = new Set(blocks.map(({ tensor }) => tensor));
  return { ...holdings, held: holdings.held.map((version, tensor) => (gone.has(tensor) ? -1 : version)) };
}

/** What of them is kept where an assignment of another scheme needs another arena: of the whole network, what was not trained. */
export function survivors(
  { held, precisions, width, hasMoved }: Holdings,
  { scheme }: Pick<Assignment, 'scheme'>,
  trained: readonly number[],
): KeptBlock[] {
  if (width || scheme.width) return [];
  return held.flatMap((version, tensor) =>
    version < 0 || (hasMoved && trained.includes(tensor))
      ? []
      : [{ tensor, version, precision: precisions[tensor]! }],
  );
}

/** With what was kept of tensors that are not there. */
export function withKept(holdings: Holdings, kept: readonly KeptBlock[]): Holdings {
  const held = [...holdings.held];
  const precisions = [...holdings.precisions];
  for (const { tensor, version, precision } of kept) {
    if (held[tensor] !== -1) continue;
    held[tensor] = version;
    precisions[tensor] = precision;
  }
  return { ...holdings, held, precisions };
}

/**
 * An assignment begins, in the arena that was there before: of what its scheme trains and what has been trained since it came,
 * only the rest around the slices is of a version, and is worth something where the slices come. `trained`: those tensors.
 */
export function begun(
  { hasMoved, ...holdings }: Holdings,
  { scheme, blocks }: Pick<Assignment, 'scheme' | 'blocks'>,
  trained: readonly number[],
): Holdings {
  const brought = new Set(blocks.map(({ tensor }) => tensor));
  const isLost = (tensor: number): boolean => hasMoved && trained.includes(tensor) && !brought.has(tensor);
  return {
    ...holdings,
    held: holdings.held.map((version, tensor) => (isLost(tensor) ? -1 : version)),
    width: scheme.width ?? null,
    hasMoved: false,
  };
}

/** Its blocks have come. `inArena`: no finer does the arena hold each tensor. */
export function arrived(
  holdings: Holdings,
  blocks: readonly BlockHeader[],
  inArena: readonly TravelPrecision[],
): Holdings {
  const held = [...holdings.held];
  const precisions = [...holdings.precisions];
  for (const { tensor, version, precision, part } of blocks) {
    held[tensor] = version;
    const came = coarserOf(precision, inArena[tensor]!);
    // Around a slice the tensor stays as it was.
    precisions[tensor] = part === 'whole' ? came : coarserOf(came, precisions[tensor]!);
  }
  return { ...holdings, held, precisions };
}

export function lacksBlocks({ held }: Holdings): boolean {
  return held.includes(-1);
}

/**
 * What the server is told. `kept`: what lies beside the arena, for tensors that are not in it; of those, what the newest
 * scheme trains has moved since.
 */
export function holdingOf(holdings: Holdings, kept: readonly KeptBlock[] = []): Holding {
  const { width } = holdings;
  const all = width ? holdings : withKept(holdings, kept);
  const { held, precisions } = all;
  const hasKept = held.some((version, tensor) => version !== holdings.held[tensor]);
  return { ...(width && { width }), held, precisions, moved: holdings.hasMoved || hasKept };
}
