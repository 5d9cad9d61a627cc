// `minnow/engine`: plans and trains models within a memory budget.

export { initialParameters } from '../shared/engine/initialParameters.ts';
export { readLayersModel } from '../shared/engine/layersModel/readLayersModel.ts';
export { writeLayersModel } from '../shared/engine/layersModel/writeLayersModel.ts';
export { BudgetError, DivergenceError } from '../shared/engine/errors.ts';
export type { LayerSpec } from '../shared/engine/layers/layers.ts';
export { numParameters, parametersOf, type ModelSpec, type Parameters } from '../shared/engine/model.ts';
export { findModel } from '../shared/engine/models.ts';
export type { TrainingPlan } from '../shared/engine/plan.ts';
export { leastDeviceBytes, planTraining } from '../shared/engine/planTraining.ts';
export { EMPTY_SCHEME, fullScheme, layerScheme, type UpdateScheme } from '../shared/engine/scheme.ts';
export type { Batch, Trainer } from '../shared/engine/trainer.ts';
export { createWasmTrainer } from '../shared/engine/wasm/wasmTrainer.ts';
