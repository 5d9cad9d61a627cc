// A run's searches for better schemes: what is found becomes an event of the run. Knows nothing of how it is sought.

import type { SchemeSearch } from '../../shared/federation/schemeSearch.ts';
import type { SearchProgress } from '../search/searchMessages.ts';
import type { SchemeFinder } from '../search/schemeFinder.ts';
import type { UntimedEvent } from '../store/durableCoordinator.ts';

export interface SchemeSearches {
  /** Of the search under way; null before it has told, and without one. */
  readonly progress: SearchProgress | null;
  readonly begin: (wanted: SchemeSearch) => void;
  readonly close: () => Promise<void>;
}

/** `finder`: undefined where nobody searches. */
export function createSchemeSearches(
  finder: SchemeFinder | undefined,
  submit: (event: UntimedEvent) => Promise<void>,
  onFailure: (error: Error) => void,
): SchemeSearches {
  let progress: SearchProgress | null = null;
  let isClosed = false;

  async function search(wanted: SchemeSearch): Promise<void> {
    try {
      const choice = await finder!.find(wanted, (newest) => (progress = newest));
      progress = null;
      await submit({ kind: 'schemeFound', budgetBytes: wanted.budgetBytes, choice });
    } catch (error) {
      if (!isClosed) onFailure(error as Error);
    }
  }

  return {
    get progress() {
      return progress;
    },
    begin: (wanted) => void search(wanted),
    async close() {
      isClosed = true;
      await finder?.close();
    },
  };
}
