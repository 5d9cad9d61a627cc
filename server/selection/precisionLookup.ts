// In what precision devices hold the parameters: plans as they do, once for each scheme and budget.

import type { ModelSpec } from '../../shared/engine/model.ts';
import { precisionsOf } from '../../shared/engine/parameterTransfer.ts';
import type { Precision } from '../../shared/engine/plan.ts';
import { planTraining } from '../../shared/engine/planTraining.ts';
import type { UpdateScheme } from '../../shared/engine/scheme.ts';
import type { PrecisionsOf } from '../federation/selectScheme.ts';

/** `batch`: samples of one local step. */
export function createPrecisionLookup(model: ModelSpec, batch: number): PrecisionsOf {
  const known = new WeakMap<UpdateScheme, Map<number, readonly Precision[]>>();
  return (scheme, budgetBytes) => {
    const ofScheme = known.get(scheme) ?? new Map<number, readonly Precision[]>();
    known.set(scheme, ofScheme);
    const precisions =
      ofScheme.get(budgetBytes) ?? precisionsOf(planTraining(model, scheme, { batch, budgetBytes }));
    ofScheme.set(budgetBytes, precisions);
    return precisions;
  };
}
