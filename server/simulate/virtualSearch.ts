// The search for a better scheme in virtual time: it takes as long as the configuration says, however long it computes.
// The search itself is the server's. Knows nothing of the coordinator.

import type { RunConfig } from '../../shared/federation/config.ts';
import type { Dataset } from '../../shared/tasks/task.ts';
import type { SchemeChoice } from '../../shared/federation/selectScheme.ts';
import type { SchemeSearch } from '../../shared/federation/schemeSearch.ts';
import { takePublicSet } from '../../shared/selection/publicSet.ts';
import { createSchemeFinder, type SchemeFinder } from '../search/schemeFinder.ts';
import type { SimulationData } from '../../shared/simulate/simulationData.ts';
import type { SimulationConfig } from '../../shared/simulate/simulationConfig.ts';
import type { Finding, VirtualSearch } from '../../shared/simulate/virtualSearch.ts';

const LONG_MS = 60_000;

/** The newest finder with what it has found, as simulations of one task and seed ask the same again. */
let newest: {
  readonly key: string;
  readonly train: Dataset;
  readonly finder: SchemeFinder;
  readonly found: Map<string, Promise<SchemeChoice | null>>;
} | null = null;

export function createVirtualSearch(
  config: SimulationConfig,
  { localWork, encoding }: Pick<RunConfig, 'localWork' | 'encoding'>,
  { task, start, train }: Pick<SimulationData, 'task' | 'start' | 'train'>,
): VirtualSearch {
  const { seed, validationSamples, searchSeconds = 0 } = config;
  let underWay: { readonly endsAtMs: number; readonly finding: Promise<Finding> } | null = null;

  function newestFor(): NonNullable<typeof newest> {
    const { batch, learningRate } = localWork;
    const { up } = encoding;
    const key = JSON.stringify([task.id, seed, validationSamples, batch, up, learningRate]);
    if (newest?.key === key && newest.train === train) return newest;
    const publicSet = takePublicSet(train, seed);
    const { model, scale, offset } = task;
    const setup = { model, batch, up, learningRate, seed, staging: { scale, offset }, publicSet, start };
    // The simulation waits for what it finds.
    newest = { key, train, finder: createSchemeFinder({ setup, niceness: 0 }), found: new Map() };
    return newest;
  }

  function find(search: SchemeSearch): Promise<SchemeChoice | null> {
    const { finder, found } = newestFor();
    const key = JSON.stringify(search);
    const known = found.get(key);
    if (known) return known;
    const finding = finder.find(search);
    // One that failed, or was ended, is sought again.
    finding.catch(() => found.delete(key));
    found.set(key, finding);
    return finding;
  }

  return {
    get nextAtMs() {
      return underWay?.endsAtMs ?? Infinity;
    },
    begin({ budgetBytes, inner, reports }, atMs) {
      const finding = find({ budgetBytes, inner, reports }).then((choice) => ({ budgetBytes, choice }));
      finding.catch(() => {});
      underWay = { endsAtMs: atMs + searchSeconds * 1000, finding };
    },
    async finish() {
      const { finding } = underWay!;
      underWay = null;
      // The search's thread keeps no process alive, and while it is waited for perhaps nothing else does.
      const keepAlive = setInterval(() => {}, LONG_MS);
      return finding.finally(() => clearInterval(keepAlive));
    },
    close: async () => newest?.finder.close(),
  };
}
