// Schemes for several budgets at once, each within the next: what a small device trains, all larger ones train too, so
// that their updates meet in the same parameters. Pure.

import { searchScheme, type FoundScheme, type SearchOptions } from './searchScheme.ts';

/**
 * The best scheme of each budget that contains those of all smaller ones; null for a budget that nothing fits. In the
 * order of the budgets given. The smallest budget's is what `searchScheme` finds; larger ones pay for the nesting.
 */
export function searchNestedSchemes(
  options: Omit<SearchOptions, 'budgetBytes' | 'onProgress'>,
  budgetsBytes: readonly number[],
): (FoundScheme | null)[] {
  const found = new Map<number, FoundScheme | null>();
  let { floor } = options;
  for (const budgetBytes of [...new Set(budgetsBytes)].sort((a, b) => a - b)) {
    const scheme = searchScheme({ ...options, budgetBytes, ...(floor && { floor }) });
    found.set(budgetBytes, scheme);
    floor = scheme?.genome ?? floor;
  }
  return budgetsBytes.map((budgetBytes) => found.get(budgetBytes)!);
}
