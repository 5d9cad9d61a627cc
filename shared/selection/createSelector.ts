// Chooses what devices train before anything was measured: the largest share whose plan fits the smallest budget. Rates
// all candidates once, then looks them up; plans only what it gives out. Knows nothing of devices.

import { numParameters, type ModelSpec } from '../engine/model.ts';
import type { Upload } from '../engine/messageRoom.ts';
import { leastDeviceBytes } from '../engine/planTraining.ts';
import { containsScheme, EMPTY_SCHEME, fullScheme, type UpdateScheme } from '../engine/scheme.ts';
import type { SchemeChoice, SelectScheme } from '../federation/selectScheme.ts';
import { candidateGenomes } from './candidateGenomes.ts';
import { createFootprint } from './footprint.ts';
import { createRotatingChoices } from './rotatingChoices.ts';
import { createSchemeSpace, genomeSize } from './schemeSpace.ts';
import { subnetworkChoices } from './subnetworkChoices.ts';

/** The engine's `leastDeviceBytes`: what the most frugal plan of the scheme needs. */
export type CostOfScheme = (
  model: ModelSpec,
  scheme: UpdateScheme,
  batch: number,
  upload?: Upload,
  split?: boolean,
) => number;

export interface SelectorOptions {
  /** Samples of one local step. */
  readonly batch: number;
  /** How updates go up; default: as the engine has it. */
  readonly upload?: Upload;
  /** Default: the engine's planner. */
  readonly costOf?: CostOfScheme;
}

/** Footprints are at most this much larger than what is planned. */
const FOOTPRINT_MARGIN = 1.06;

/**
 * `full` gives the full scheme; `subnetwork` the widest slice that can be trained as a whole; `rotating` the widest slices of
 * the large layers with all that is small; else it is the candidate of the largest share; the answer is the smallest workable budget
 * where that does not fit the smallest of the budgets in any form. Equal shares: the one of fewer deviceBytes.
 * Throws RangeError for a model that cannot work, and when asked about no budget.
 */
export function createSelector(model: ModelSpec, options: SelectorOptions): SelectScheme {
  const { batch, upload, costOf = leastDeviceBytes } = options;
  const costs = new Map<UpdateScheme, number>();
  const planned = (scheme: UpdateScheme): number => {
    const known = costs.get(scheme);
    if (known !== undefined) return known;
    const deviceBytes = costOf(model, scheme, batch, upload);
    costs.set(scheme, deviceBytes);
    return deviceBytes;
  };
  const full = fullScheme(model);
  const fullBytes = planned(full);
  const whole: RankedScheme[] = [{ scheme: full, footprintBytes: fullBytes, trainedShare: 1 }];
  const ranked = rankSchemes(model, options);
  const rotating = createRotatingChoices(createSchemeSpace(model), (scheme) =>
    costOf(model, scheme, batch, upload, true),
  );
  let subnetworks: readonly SchemeChoice[] | null = null;

  return (subset, budgetsBytes, inner = EMPTY_SCHEME) => {
    if (budgetsBytes.length === 0)
      throw new RangeError('budgetsBytes must hold at least one budget, got none');
    const smallest = Math.min(...budgetsBytes);
    if (subset.kind === 'subnetwork') {
      subnetworks ??= subnetworkChoices(model, (narrow, scheme) => costOf(narrow, scheme, batch, upload));
      const widest = subnetworks.find(({ deviceBytes }) => deviceBytes <= smallest);
      return (
        widest ?? { smallestBudgetBytes: Math.min(...subnetworks.map(({ deviceBytes }) => deviceBytes)) }
      );
    }
    if (subset.kind === 'rotating') return rotating(smallest);
    const candidates = subset.kind === 'full' ? whole : ranked;
    const rows = candidates.filter(({ scheme }) => containsScheme(scheme, inner));
    for (const { scheme, footprintBytes, trainedShare } of rows) {
      if (footprintBytes > smallest * FOOTPRINT_MARGIN) continue;
      const deviceBytes = planned(scheme);
      if (deviceBytes <= smallest) return { scheme, deviceBytes, trainedShare };
    }
    const least = Math.min(...rows.map(({ footprintBytes }) => footprintBytes));
    const frugal = rows.filter(({ footprintBytes }) => footprintBytes <= least * FOOTPRINT_MARGIN);
    return { smallestBudgetBytes: Math.min(...frugal.map(({ scheme }) => planned(scheme))) };
  };
}

/** A scheme with what it costs and gains. */
export interface RankedScheme {
  readonly scheme: UpdateScheme;
  /** About what the most frugal plan needs: what a device holds at least. */
  readonly footprintBytes: number;
  /** Trained elements / all elements. */
  readonly trainedShare: number;
}

/** All candidate schemes, the largest share first; equal shares: the one of fewer bytes first. */
export function rankSchemes(model: ModelSpec, { batch, upload, costOf }: SelectorOptions): RankedScheme[] {
  const space = createSchemeSpace(model);
  const footprint = costOf ? null : createFootprint(space, batch, upload);
  return candidateGenomes(space)
    .map((genome) => {
      const scheme = space.schemeOf(genome);
      return {
        scheme,
        footprintBytes: footprint ? footprint(genome) : costOf!(model, scheme, batch),
        trainedShare: genomeSize(space, genome) / numParameters(model),
      };
    })
    .sort((a, b) => b.trainedShare - a.trainedShare || a.footprintBytes - b.footprintBytes);
}
