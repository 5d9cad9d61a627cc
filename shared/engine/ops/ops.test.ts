// Every layer and activation has its file, and none is left of one that is gone (ops: opTables.test.ts).

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ACTIVATIONS } from '../activations/activations.ts';
import { LAYER_KINDS, LAYERS } from '../layers/layers.ts';

const files = (path: string) => readdirSync(join(import.meta.dirname, path));

test('each activation, and each layer that is no activation, has a file of its name', () => {
  const activations = Object.keys(ACTIVATIONS);
  expect(files('../activations')).toEqual(expect.arrayContaining(activations.map((name) => `${name}.ts`)));
  const layers = LAYER_KINDS.filter((kind) => LAYERS[kind].activation === undefined);
  expect(files('../layers')).toEqual(expect.arrayContaining(layers.map((kind) => `${kind}.ts`)));
  expect([...layers, ...activations].sort()).toEqual([...LAYER_KINDS].sort());
});
