// Which of the training samples are held out as a test set: a share of them, or those of some clients. Pure.

import { createRandom } from '../../../shared/random.ts';
import { DataError } from '../dataError.ts';
import type { RawPart } from './rawPart.ts';

/** The same split for every run: what is held out must not depend on a run's seed. */
const SPLIT_SEED = 1;
const MOST_NAMES = 10;

export type HeldOut = { readonly share: number } | { readonly clients: readonly (string | number)[] };

/** Sample numbers, ascending. `name` is the task file's, for the messages. Throws DataError for clients that have no samples, or are all there are. */
export function holdOut(
  part: RawPart,
  held: HeldOut,
  name: string,
): { train: Uint32Array; test: Uint32Array } {
  const isHeld =
    'share' in held ? drawShare(part, held.share, name) : chooseClients(part, held.clients, name);
  const all = Uint32Array.from({ length: part.inputs.count }, (_, sample) => sample);
  return { train: all.filter((sample) => !isHeld(sample)), test: all.filter(isHeld) };
}

function drawShare({ inputs: { count } }: RawPart, share: number, name: string): (sample: number) => boolean {
  const numHeld = Math.round(share * count);
  if (numHeld === 0 || numHeld === count)
    throw new DataError(
      `${name}: data.test.share: expected a share that leaves samples on both sides, got ${share} of ${count} samples`,
    );
  const order = createRandom(SPLIT_SEED).shuffle(Array.from({ length: count }, (_, sample) => sample));
  const held = new Uint8Array(count);
  for (const sample of order.slice(0, numHeld)) held[sample] = 1;
  return (sample) => held[sample] === 1;
}

function chooseClients(
  { clients, file }: RawPart,
  wanted: readonly (string | number)[],
  name: string,
): (sample: number) => boolean {
  if (!clients)
    throw new DataError(`${name}: data.test.clients: expected data that name their clients, got none`);
  const held = new Set(wanted.map(String));
  const known = new Set(clients.names);
  for (const client of held)
    if (!known.has(client))
      throw new DataError(
        `${name}: data.test.clients: expected clients of ${file} (${listed(clients.names)}), got "${client}", which has no samples`,
      );
  if (held.size === known.size)
    throw new DataError(
      `${name}: data.test.clients: expected some of the ${known.size} clients, got all of them`,
    );
  const isHeld = clients.names.map((client) => held.has(client));
  return (sample) => isHeld[clients.of[sample]!]!;
}

function listed(names: readonly string[]): string {
  return names.length > MOST_NAMES ? `${names.slice(0, MOST_NAMES).join(', ')}, ...` : names.join(', ');
}
