// The model that a scheme's entries refer to, and that a device plans and trains: the whole one, or a width slice of it.

import type { ModelSpec } from './model.ts';
import type { UpdateScheme } from './scheme.ts';
import { subnetworkOf } from './subnetwork.ts';

export function modelOfScheme(model: ModelSpec, { width }: UpdateScheme): ModelSpec {
  return width ? subnetworkOf(model, width).model : model;
}
