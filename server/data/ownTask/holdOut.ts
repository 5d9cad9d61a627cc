// Cuts a test set off the training samples: a share of them, or those of some clients. Pure.

import { takeRows } from '../deal.ts';
import { createRandom } from '../../../shared/random.ts';
import { DataError } from '../dataError.ts';
import type { RawPart } from './readPart.ts';

/** The same split for every run: what is held out must not depend on a run's seed. */
const SPLIT_SEED = 1;

type HeldOut = { readonly share: number } | { readonly clients: readonly (string | number)[] };

/** `name` is the task file's, for the messages. Throws DataError for clients that have no samples, or are all there are. */
export function holdOut(part: RawPart, held: HeldOut, name: string): { train: RawPart; test: RawPart } {
  const isHeld =
    'share' in held ? drawShare(part, held.share, name) : chooseClients(part, held.clients, name);
  const samples = Array.from({ length: part.count }, (_, sample) => sample);
  return {
    train: take(
      part,
      samples.filter((sample) => !isHeld(sample)),
    ),
    test: take(part, samples.filter(isHeld)),
  };
}

function drawShare({ count }: RawPart, share: number, name: string): (sample: number) => boolean {
  const numHeld = Math.round(share * count);
  if (numHeld === 0 || numHeld === count)
    throw new DataError(
      `${name}: data.test.share: expected a share that leaves samples on both sides, got ${share} of ${count} samples`,
    );
  const order = createRandom(SPLIT_SEED).shuffle(Array.from({ length: count }, (_, sample) => sample));
  const held = new Set(order.slice(0, numHeld));
  return (sample) => held.has(sample);
}

function chooseClients(
  { clients, file }: RawPart,
  wanted: readonly (string | number)[],
  name: string,
): (sample: number) => boolean {
  if (!clients)
    throw new DataError(`${name}: data.test.clients: expected data that name their clients, got none`);
  const held = new Set(wanted.map(String));
  const all = new Set(clients);
  for (const client of held)
    if (!all.has(client))
      throw new DataError(
        `${name}: data.test.clients: expected clients of ${file}, got "${client}", which has no samples`,
      );
  if (held.size === all.size)
    throw new DataError(
      `${name}: data.test.clients: expected some of the ${all.size} clients, got all of them`,
    );
  return (sample) => held.has(clients[sample]!);
}

function take(part: RawPart, samples: readonly number[]): RawPart {
  const rows = <T extends Uint8Array | Float32Array>(values: T): T => takeRows(values, part.count, samples);
  return {
    file: part.file,
    count: samples.length,
    inputs: rows(part.inputs),
    labels: part.labels && rows(part.labels),
    targets: part.targets === 'inputs' ? 'inputs' : part.targets && rows(part.targets),
    clients: part.clients && samples.map((sample) => part.clients![sample]!),
    columns: part.columns,
  };
}
