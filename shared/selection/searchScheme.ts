// Evolutionary search (mu + lambda) for the scheme of the largest summed contribution that fits a budget, after TTE
// (arXiv 2206.15472, section 3.2). Seeded and deterministic; knows nothing of threads, devices or how gains are measured.

import { numParameters } from '../engine/model.ts';
import { schemeSize, type UpdateScheme } from '../engine/scheme.ts';
import { createRandom } from '../random.ts';
import type { SchemeChoice } from '../federation/selectScheme.ts';
import { contributionOf, type Contributions } from './contributions.ts';
import type { Footprint } from './footprint.ts';
import { crossGenomes, mutateGenome, raiseGene, removalOrder, removeGenes } from './genes.ts';
import { emptyGenome, genomeSize, lastLayers, type Genome, type SchemeSpace } from './schemeSpace.ts';

const NUM_PARENTS = 24;
const NUM_CHILDREN = 48;
const MAX_GENERATIONS = 80;
/** The search ends when this many generations in a row found nothing better. */
const PATIENCE = 15;
/** Genes that are tried to be raised in a genome that fits. */
const RAISES = 6;

export interface SearchOptions {
  readonly space: SchemeSpace;
  readonly contributions: Contributions;
  /** Cheap; asked some ten thousand times. */
  readonly footprint: Footprint;
  /** The planner's own figure; asked of each new best genome. */
  readonly costOf: (scheme: UpdateScheme) => number;
  readonly budgetBytes: number;
  readonly seed: number;
  /** The result trains at least this; default: nothing. */
  readonly floor?: Genome;
  /** Share of the work done, 0 ... 1. */
  readonly onProgress?: (share: number) => void;
}

export interface FoundScheme extends SchemeChoice {
  readonly genome: Genome;
  /** Its summed contribution. */
  readonly contribution: number;
}

interface Individual {
  readonly genome: Genome;
  readonly key: string;
  readonly contribution: number;
  readonly bytes: number;
}

/**
 * The best scheme found whose planned deviceBytes are within the budget, in whichever form and micro-batch the planner
 * needs for it; null where not even the floor (by default, anything at all) fits.
 */
export function searchScheme(options: SearchOptions): FoundScheme | null {
  const { space, contributions, footprint, costOf, budgetBytes, onProgress = () => {} } = options;
  const random = createRandom(options.seed);
  const floor = options.floor ?? emptyGenome(space);
  const numGenes = space.units.length + 1;
  const known = new Map<string, Individual>();
  const refused = new Set<string>();
  let best: FoundScheme | null = null;
  let bestBytes = Infinity;

  function rate(genome: Genome): Individual {
    const key = `${genome.depth}:${genome.ratios.join('')}`;
    let individual = known.get(key);
    if (individual) return individual;
    const contribution = contributionOf(contributions, genome);
    individual = { genome, key, contribution, bytes: footprint(genome) };
    known.set(key, individual);
    return individual;
  }
  const fits = ({ bytes, key }: Individual): boolean => bytes <= budgetBytes && !refused.has(key);

  /** Takes genes away until the rest fits, then adds what still fits. Null: not even the floor fits. */
  function settle(genome: Genome): Individual | null {
    let settled = rate(genome);
    if (!fits(settled)) {
      const order = removalOrder(space, contributions, genome, floor, random);
      let [tooFew, enough] = [0, order.length];
      settled = rate(removeGenes(genome, order, floor));
      if (!fits(settled)) return null;
      while (enough - tooFew > 1) {
        const middle = (tooFew + enough) >> 1;
        const rated = rate(removeGenes(genome, order.slice(0, middle), floor));
        if (fits(rated)) [enough, settled] = [middle, rated];
        else tooFew = middle;
      }
    }
    for (let raise = 0; raise < RAISES; raise++) {
      const raised = raiseGene(settled.genome, random.integer(numGenes));
      const rated = raised && rate(raised);
      if (rated && fits(rated)) settled = rated;
    }
    return settled;
  }

  /** Has the planner judge those that look better than the best so far, best first; true when one is. */
  function elect(ranked: readonly Individual[]): boolean {
    for (const { genome, key, contribution, bytes } of ranked) {
      const isBetter =
        best === null ||
        contribution > best.contribution ||
        (contribution === best.contribution && bytes < bestBytes);
      if (!isBetter) return false;
      if (refused.has(key) || bytes === 0) continue;
      const scheme = space.schemeOf(genome);
      const deviceBytes = costOf(scheme);
      if (deviceBytes <= budgetBytes) {
        const trainedShare = schemeSize(space.model, scheme) / numParameters(space.model);
        best = { genome, contribution, scheme, deviceBytes, trainedShare };
        bestBytes = bytes;
        return true;
      }
      refused.add(key);
    }
    return false;
  }

  const begun = openings(space, contributions, floor, (genome) => fits(rate(genome))).map(settle);
  let parents = rank(begun.filter((each) => each !== null));
  elect(parents);
  let share = 0;
  for (let generation = 0, idle = 0; generation < MAX_GENERATIONS && idle < PATIENCE; generation++) {
    parents = parents.filter(fits).slice(0, NUM_PARENTS);
    if (parents.length === 0) break;
    const parent = (): Genome => parents[random.integer(parents.length)]!.genome;
    const children = Array.from({ length: NUM_CHILDREN }, () =>
      settle(mutateGenome(crossGenomes(parent(), parent(), random), floor, random)),
    );
    parents = rank([...parents, ...children.filter((each) => each !== null)]);
    idle = elect(parents) ? 0 : idle + 1;
    share = Math.max(share, (generation + 1) / MAX_GENERATIONS, idle / PATIENCE);
    onProgress(share);
  }
  return best;
}

/** Each once, the best first. */
function rank(individuals: readonly Individual[]): Individual[] {
  return [...new Set(individuals)].sort((a, b) => b.contribution - a.contribution || a.bytes - b.bytes);
}

/** Where the search begins: the last layers with a share of one more, and two greedy choices. */
function openings(
  space: SchemeSpace,
  contributions: Contributions,
  floor: Genome,
  fits: (genome: Genome) => boolean,
): Genome[] {
  const numUnits = space.units.length;
  const suffixes = Array.from({ length: numUnits + 1 }, (_, count) =>
    atLeast(floor, lastLayers(space, count, count < numUnits ? 1 : 0)),
  );
  return [floor, ...suffixes, greedy(0), greedy(1)];

  /** Adds, as long as anything fits, what gains most for its elements to that power. */
  function greedy(power: number): Genome {
    let genome = floor;
    let genes = Array.from({ length: numUnits + 1 }, (_, gene) => gene);
    while (genes.length > 0) {
      const [gain, size] = [contributionOf(contributions, genome), genomeSize(space, genome)];
      let [bestGene, bestWorth, bestRaised]: [number, number, Genome | null] = [genes[0]!, -1, null];
      for (const gene of genes) {
        const raised = raiseGene(genome, gene);
        if (!raised) continue;
        const elements = Math.max(1, genomeSize(space, raised) - size);
        const worth = (contributionOf(contributions, raised) - gain) / elements ** power;
        if (worth > bestWorth) [bestGene, bestWorth, bestRaised] = [gene, worth, raised];
      }
      if (bestRaised && fits(bestRaised)) genome = bestRaised;
      else genes = genes.filter((gene) => gene !== bestGene);
    }
    return genome;
  }
}

function atLeast(floor: Genome, { depth, ratios }: Genome): Genome {
  return {
    depth: Math.max(floor.depth, depth),
    ratios: ratios.map((ratio, unit) => Math.max(ratio, floor.ratios[unit]!)),
  };
}
