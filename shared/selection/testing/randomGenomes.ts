// Seeded genomes and contributions for tests of the selection.

import { createRandom } from '../../random.ts';
import { risingGains, type Contributions } from '../contributions.ts';
import { RATIOS, type Genome, type SchemeSpace } from '../schemeSpace.ts';

/** From nearly nothing to nearly everything; each trains something. */
export function randomGenomes({ units }: SchemeSpace, seed: number, count: number): Genome[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const share = random.uniform();
    const ratios = units.map(() => (random.uniform() < share ? random.integer(RATIOS.length) : 0));
    return { depth: 1 + random.integer(units.length), ratios };
  });
}

/** Gains that differ much from unit to unit and rise with the ratio, each in a way of its own. */
export function randomContributions({ units }: SchemeSpace, seed: number): Contributions {
  const random = createRandom(seed);
  const rising = (length: number, gain: number) =>
    risingGains(
      Array.from({ length }, (_, index) => gain * (index / (length - 1)) ** (0.2 + random.uniform())),
    );
  return {
    bias: rising(units.length + 1, 0.2),
    weight: units.map(() => rising(RATIOS.length, random.uniform() ** 3)),
  };
}

/** All genomes of a small model. */
export function* allGenomes({ units }: SchemeSpace): Generator<Genome> {
  for (let depth = 0; depth <= units.length; depth++)
    for (let index = 0; index < RATIOS.length ** units.length; index++)
      yield {
        depth,
        ratios: units.map((_, unit) => Math.floor(index / RATIOS.length ** unit) % RATIOS.length),
      };
}
