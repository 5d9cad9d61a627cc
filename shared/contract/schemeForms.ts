// Where in the whole model's tensors lies what a scheme trains, and what a device holds for it. Under a width slice a device
// holds a smaller model of its own (subnetwork.ts), gathered from the whole one's tensors. Knows nothing of messages.

import { parametersOf, type ModelSpec, type ParameterSpec } from '../engine/model.ts';
import type { Range } from '../engine/range.ts';
import { extentsOf, slicesAmong, type TrainedSlice, type UpdateScheme } from '../engine/scheme.ts';
import { stretchesOfPart, subnetworkOf, type KeptPart } from '../engine/subnetwork.ts';
import { formOfBlock, type BlockForm } from './blockForm.ts';

/** What one scheme entry trains. */
export interface EntryForm extends BlockForm {
  /** Index of the parameter tensor. */
  readonly tensor: number;
  /** Number of elements. */
  readonly size: number;
  /** Rows and columns of the whole tensor between which all of it lies. */
  readonly input: Range;
  readonly output: Range;
}

export interface SchemeForms {
  /** Of each tensor, what the device holds of it. */
  readonly blocks: readonly BlockForm[];
  /** In the scheme's order. */
  readonly entries: readonly EntryForm[];
}

/** Forms of schemes that are in use; the same scheme is asked about at each of its assignments and updates. */
const known = new WeakMap<ModelSpec, WeakMap<UpdateScheme, SchemeForms>>();

/** The forms of a scheme. Throws RangeError naming an entry, or a width, that the model does not have. */
export function formsOf(model: ModelSpec, scheme: UpdateScheme): SchemeForms {
  const ofModel = known.get(model) ?? new WeakMap<UpdateScheme, SchemeForms>();
  known.set(model, ofModel);
  const forms =
    ofModel.get(scheme) ?? (scheme.width ? gatheredForms(model, scheme) : wholeForms(model, scheme));
  ofModel.set(scheme, forms);
  return forms;
}

function wholeForms(model: ModelSpec, scheme: UpdateScheme): SchemeForms {
  const parameters = parametersOf(model);
  return {
    blocks: parameters.map((parameter) => formOfBlock(parameter, null)),
    entries: slicesAmong(parameters, scheme).map((slice) => {
      const { parameter: tensor, size, inputs, outputs } = slice;
      return { tensor, size, input: inputs, output: outputs, ...formOfBlock(parameters[tensor]!, slice) };
    }),
  };
}

function gatheredForms(model: ModelSpec, scheme: UpdateScheme): SchemeForms {
  const parameters = parametersOf(model);
  const { model: narrow, kept } = subnetworkOf(model, scheme.width!);
  const ownParameters = parametersOf(narrow);
  return {
    blocks: parameters.map((parameter, tensor) =>
      gatheredForm(parameter, ownParameters[tensor]!, kept[tensor]!),
    ),
    entries: slicesAmong(ownParameters, scheme).map((slice) => {
      const { parameter: tensor, size } = slice;
      const part = partOf(kept[tensor]!, slice);
      const { matrix } = formOfBlock(ownParameters[tensor]!, slice);
      const stretches = stretchesOfPart(extentsOf(parameters[tensor]!), part);
      return { tensor, size, input: spanOf(part.inputs), output: spanOf(part.outputs), matrix, stretches };
    }),
  };
}

function gatheredForm(whole: ParameterSpec, own: ParameterSpec, kept: KeptPart): BlockForm {
  return { matrix: extentsOf(own), stretches: stretchesOfPart(extentsOf(whole), kept) };
}

function partOf({ inputs, outputs }: KeptPart, slice: TrainedSlice): KeptPart {
  return { inputs: inputs.slice(...slice.inputs), outputs: outputs.slice(...slice.outputs) };
}

/** `indices` rise. */
function spanOf(indices: readonly number[]): Range {
  return [indices[0]!, indices.at(-1)! + 1];
}
