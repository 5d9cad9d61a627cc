// What evolution does to genomes: raise, remove, cross, mutate. Gene `u` is the ratio of unit u, the last gene the depth.
// Pure; knows nothing of bytes.

import type { Random } from '../random.ts';
import { contributionOf, type Contributions } from './contributions.ts';
import { genomeSize, WHOLE, withRatio, type Genome, type SchemeSpace } from './schemeSpace.ts';

/** How much chance there is in what is removed first: deviation of the logarithm of a gene's worth. */
const CHANCE = 1;

/** The genome with one gene a step higher; null where it is at its highest. */
export function raiseGene({ depth, ratios }: Genome, gene: number): Genome | null {
  if (gene === ratios.length) return depth < ratios.length ? { depth: depth + 1, ratios } : null;
  const ratio = ratios[gene]!;
  return ratio < WHOLE ? { depth, ratios: withRatio(ratios, gene, ratio + 1) } : null;
}

/** The genome with the genes as they are in the floor. */
export function removeGenes(genome: Genome, genes: readonly number[], floor: Genome): Genome {
  const removed = new Set(genes);
  return {
    depth: removed.has(genome.ratios.length) ? floor.depth : genome.depth,
    ratios: genome.ratios.map((ratio, unit) => (removed.has(unit) ? floor.ratios[unit]! : ratio)),
  };
}

/** The genes above the floor, those that gain least for their elements first, with a good deal of chance. */
export function removalOrder(
  space: SchemeSpace,
  contributions: Contributions,
  genome: Genome,
  floor: Genome,
  random: Random,
): number[] {
  const [gain, size] = [contributionOf(contributions, genome), genomeSize(space, genome)];
  const worths: (readonly [gene: number, worth: number])[] = [];
  for (let gene = 0; gene <= genome.ratios.length; gene++) {
    const without = removeGenes(genome, [gene], floor);
    const elements = size - genomeSize(space, without);
    if (elements === 0) continue;
    const worth = (gain - contributionOf(contributions, without)) / elements;
    worths.push([gene, worth * Math.exp(CHANCE * random.normal())]);
  }
  return worths.sort((a, b) => a[1] - b[1]).map(([gene]) => gene);
}

/** Each gene of either parent. */
export function crossGenomes(a: Genome, b: Genome, random: Random): Genome {
  return {
    depth: random.uniform() < 0.5 ? a.depth : b.depth,
    ratios: a.ratios.map((ratio, unit) => (random.uniform() < 0.5 ? ratio : b.ratios[unit]!)),
  };
}

/** One gene anew, at or above the floor, then another with probability 1/2, and so on. */
export function mutateGenome({ depth, ratios }: Genome, floor: Genome, random: Random): Genome {
  const { length } = ratios;
  do {
    const gene = random.integer(length + 1);
    if (gene === length) depth = floor.depth + random.integer(length - floor.depth + 1);
    else {
      const least = floor.ratios[gene]!;
      ratios = withRatio(ratios, gene, least + random.integer(WHOLE - least + 1));
    }
  } while (random.uniform() < 0.5);
  return { depth, ratios };
}
