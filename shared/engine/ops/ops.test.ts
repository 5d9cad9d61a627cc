// Every op, layer and activation has its files, and no file is left of one that is gone.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ACTIVATIONS } from '../activations/activations.ts';
import { LAYER_KINDS, LAYERS } from '../layers/layers.ts';
import { OPS } from './ops.ts';

const folders = (path: string) =>
  readdirSync(join(import.meta.dirname, path), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
const files = (path: string) => readdirSync(join(import.meta.dirname, path));

test('each op has a folder with what it is and its kernels', () => {
  expect(
    folders('.')
      .map(({ name }) => name)
      .sort(),
  ).toEqual(Object.keys(OPS).sort());
  for (const kind of Object.keys(OPS))
    expect(files(kind), kind).toEqual(expect.arrayContaining(['op.ts', 'wasm.ts', 'webgpu.ts']));
});

test('each activation, and each layer that is no activation, has a file of its name', () => {
  const activations = Object.keys(ACTIVATIONS);
  expect(files('../activations')).toEqual(expect.arrayContaining(activations.map((name) => `${name}.ts`)));
  const layers = LAYER_KINDS.filter((kind) => LAYERS[kind].activation === undefined);
  expect(files('../layers')).toEqual(expect.arrayContaining(layers.map((kind) => `${kind}.ts`)));
  expect([...layers, ...activations].sort()).toEqual([...LAYER_KINDS].sort());
});
