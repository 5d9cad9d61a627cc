// What to know, before a model is trained, of how it can be taken home.

import { changedNames } from '../../shared/engine/layersModel/exportNames.ts';
import { writeLayersModel } from '../../shared/engine/layersModel/writeLayersModel.ts';
import { parametersOf, type ModelSpec } from '../../shared/engine/model.ts';

/** A line each: layers that are named otherwise in TensorFlow.js's files, or why there will be none. */
export function exportNotes(model: ModelSpec): string[] {
  try {
    writeLayersModel(
      model,
      parametersOf(model).map(({ size }) => new Float32Array(size)),
    );
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [`The model can be saved as safetensors, not for TensorFlow.js: ${error.message}.`];
  }
  const changed = Object.entries(changedNames(model)).map(([name, exported]) => `"${name}" is "${exported}"`);
  return changed.length > 0
    ? [`In TensorFlow.js's files layers have other names: ${changed.join(', ')}.`]
    : [];
}
