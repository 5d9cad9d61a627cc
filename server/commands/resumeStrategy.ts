// A run whose strategy is code goes on: with the file that it began with, or with what whoever resumes it names.

import type { StrategyChoice } from '../../shared/settings/strategyChoice.ts';
import { readStrategyFile } from '../settings/flags.ts';
import { useInPlaceOf } from '../settings/strategyCode.ts';
import type { RunManifest } from '../store/runManifest.ts';

/**
 * What `--strategy` says of a run that is kept. Where it says nothing the run's own file is loaded; where it names a file that
 * has changed since, that is used from here on, and told. Throws RangeError where the run's file has changed and nobody has
 * named it.
 */
export function strategyToResume(
  given: StrategyChoice | undefined,
  kept: Pick<RunManifest, 'config' | 'strategyFile'> | null,
  tell: (note: string) => void,
): StrategyChoice | undefined {
  const began = kept?.config.strategy.code ?? '';
  const file = kept?.strategyFile;
  if (began === '' || file === undefined) return given;
  if (given === undefined) {
    const { code } = readStrategyFile(file) as { readonly code?: string };
    if (code === began) return undefined;
    throw new RangeError(
      `${file} has changed since the run began: put it back, or name it by --strategy to go on with what it says now`,
    );
  }
  if (typeof given === 'string' || given.code === undefined || given.code === began) return given;
  useInPlaceOf(began, given.code);
  tell(
    `The strategy's file has changed since the run began: the run goes on with what it says now, updates since the newest checkpoint included.`,
  );
  return { ...given, code: began };
}
