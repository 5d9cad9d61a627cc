// Hostile devices of a simulation: what they make of an honest update before it goes up. Chosen by the seed.
// Knows nothing of how the coordinator defends itself.

import { spreadDelta } from '../contract/delta.ts';
import { decodeDelta, encodeDelta } from '../contract/deltaCodec.ts';
import type { UpdateEncoding, UpdateHeader } from '../contract/messages.ts';
import { createRandom, mixSeed } from '../random.ts';

/** What becomes of each value of the delta: so many times as much. */
const FACTORS = { signFlip: -1, scaled: -100 } as const;
export const HOSTILE_KINDS = Object.keys(FACTORS) as readonly HostileKind[];
export type HostileKind = keyof typeof FACTORS;

export interface Hostile {
  /** Of the devices, in [0, 1]. */
  readonly share: number;
  readonly kind: HostileKind;
  /** Headers tell what might gain weight: samples without number, few steps, small losses, no noise. */
  readonly lies: boolean;
}

const LIES: Partial<UpdateHeader> = {
  samples: Number.MAX_SAFE_INTEGER,
  steps: 1,
  lossFirst: 0.001,
  lossLast: 0.001,
  noise: 0,
};

/** Which devices are hostile, by index. `stream`: of the seed's, for this alone. */
export function chooseHostile(
  numDevices: number,
  { share }: Hostile,
  seed: number,
  stream: number,
): Set<number> {
  const order = createRandom(mixSeed(seed, stream)).shuffle(Array.from({ length: numDevices }, (_, i) => i));
  return new Set(order.slice(0, Math.round(share * numDevices)));
}

/** What a hostile device sends in place of an honest update. `sizes`: elements of each entry of the scheme. */
export function corruptUpdate(
  { kind, lies }: Hostile,
  header: UpdateHeader,
  update: Uint8Array,
  sizes: readonly number[],
  encoding: UpdateEncoding,
): { readonly header: UpdateHeader; readonly delta: Uint8Array } {
  const delta = decodeDelta(update, sizes, encoding);
  if ('code' in delta) throw new Error(`internal: ${delta.message}`);
  const values = spreadDelta(delta).map((value) => value * FACTORS[kind]);
  return {
    header: lies ? { ...header, ...LIES } : header,
    delta: encodeDelta(values, sizes, encoding, 0),
  };
}
