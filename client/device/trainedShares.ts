// How much of the whole model, and of each of its layers, a plan trains: what the page shows of a device's part.

import {
  numParameters,
  parametersOf,
  type ModelSpec,
  type ParameterSpec,
} from '../../shared/engine/model.ts';
import type { TrainingPlan } from '../../shared/engine/plan.ts';
import { extentsOf, type UpdateScheme } from '../../shared/engine/scheme.ts';
import type { DeviceState } from './deviceState.ts';

/** The plan's shares of the whole model, which may be of a width slice of it, and of each of its layers, in their order. */
export function trainedShares(
  model: ModelSpec,
  plan: TrainingPlan,
): Pick<DeviceState, 'trainedShare' | 'layers' | 'widthRatio'> {
  const layers = new Map<string, { numParameters: number; numTrained: number }>();
  const planned = parametersOf(plan.model);
  for (const [tensor, parameter] of parametersOf(model).entries()) {
    const layer = layers.get(parameter.layer) ?? { numParameters: 0, numTrained: 0 };
    layer.numParameters += parameter.size;
    layer.numTrained += numTrainedOf(planned[tensor]!, plan.scheme);
    layers.set(parameter.layer, layer);
  }
  return {
    trainedShare: (plan.trainedShare * numParameters(plan.model)) / numParameters(model),
    layers: [...layers].map(([name, { numParameters, numTrained }]) => ({
      name,
      numParameters,
      trainedShare: numTrained / numParameters,
    })),
    widthRatio: plan.scheme.width?.ratio ?? 1,
  };
}

function numTrainedOf(parameter: ParameterSpec, { entries }: UpdateScheme): number {
  const { inputs, outputs } = extentsOf(parameter);
  return entries
    .filter(({ tensor }) => tensor === parameter.name)
    .map(({ output, input }) => (output[1] - output[0]) * (input[1] - input[0]))
    .reduce((sum, numPairs) => sum + (numPairs * parameter.size) / (inputs * outputs), 0);
}
