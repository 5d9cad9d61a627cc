// In what precision devices hold the parameters: plans as they do, once for each scheme and budget.

import type { Upload } from '../engine/messageRoom.ts';
import type { ModelSpec } from '../engine/model.ts';
import { precisionsOf } from '../engine/parameterTransfer.ts';
import type { Precision } from '../engine/tensors.ts';
import { planTraining } from '../engine/planTraining.ts';
import type { UpdateScheme } from '../engine/scheme.ts';
import { modelOfScheme } from '../engine/schemeModel.ts';
import type { PrecisionsOf } from '../federation/selectScheme.ts';

/** `batch`: samples of one local step. */
export function createPrecisionLookup(model: ModelSpec, batch: number, upload: Upload): PrecisionsOf {
  const known = new Map<string, readonly Precision[]>();
  const keys = new WeakMap<UpdateScheme, string>();
  return (scheme, budgetBytes) => {
    // Where the window of a width slice lies makes no difference to its plan.
    const schemeKey = keys.get(scheme) ?? JSON.stringify([scheme.width?.ratio, scheme.entries]);
    keys.set(scheme, schemeKey);
    const key = `${budgetBytes} ${schemeKey}`;
    const precisions =
      known.get(key) ??
      precisionsOf(planTraining(modelOfScheme(model, scheme), scheme, { batch, budgetBytes, upload }));
    known.set(key, precisions);
    return precisions;
  };
}
