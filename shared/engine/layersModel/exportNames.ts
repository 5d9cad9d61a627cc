// Names of layers as TensorFlow.js takes them: ours may be any text, and a model that has been trained is worth more than a name.

import { INPUT_NAME, type ModelSpec } from '../model.ts';
import { freeName } from './layerContext.ts';

/** What TensorFlow.js takes for the name of a tensor. */
const VALID_NAME = /^[A-Za-z0-9][-A-Za-z0-9._/]*$/;

/** The name of each layer in a file, by its own name: the same where it can be, and no two alike. */
export function exportNames({ layers }: ModelSpec): ReadonlyMap<string, string> {
  const kept = layers.map(({ name }) => name).filter((name) => VALID_NAME.test(name));
  const taken = new Set([INPUT_NAME, ...kept]);
  return new Map(
    layers.map(({ name }) => [name, VALID_NAME.test(name) ? name : freeName(taken, validName(name))]),
  );
}

/** Those names that are another in a file. */
export function changedNames(model: ModelSpec): Readonly<Record<string, string>> {
  return Object.fromEntries([...exportNames(model)].filter(([name, exported]) => name !== exported));
}

function validName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^-A-Za-z0-9._/]+/g, '_');
  return VALID_NAME.test(plain) ? plain : `layer${plain}`;
}
