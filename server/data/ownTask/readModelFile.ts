// A task's model and its first parameters from a TensorFlow.js file: `model.json` with its weight shards beside it.
// Knows nothing of the task's data.

import { createHash } from 'node:crypto';
import { dirname, isAbsolute, join } from 'node:path';
import { fieldsOf, listField } from '../../../shared/engine/layersModel/fields.ts';
import { readLayersModel } from '../../../shared/engine/layersModel/readLayersModel.ts';
import type { ModelSpec, Parameters } from '../../../shared/engine/model.ts';
import { DataError } from '../dataError.ts';
import { readUnpacked } from '../readDataFile.ts';
import { findDataFile, type DataPlaces } from './dataPaths.ts';
import { readJsonFile } from './readJsonFile.ts';

/** Of a topology without weights. */
const LARGEST_TOPOLOGY_BYTES = 2 ** 22;
/** Of all shards together, unpacked: far more than a tab can train. */
const LARGEST_WEIGHTS_BYTES = 2 ** 28;

export interface FileModel {
  readonly model: ModelSpec;
  /** What the file's weights say: where training starts. */
  readonly start: Parameters;
  /** Of both, for a run's manifest: a run goes on only with the model that it began with. */
  readonly sha256: string;
}

/** True for a task's `model` that names a file. */
export function isModelFile(model: unknown): model is string {
  return typeof model === 'string' && model.toLowerCase().endsWith('.json');
}

/**
 * Reads a LayersModel, saved by TensorFlow.js or converted from Keras 2. `name` is relative to the task file's folder, and so are
 * its shards to the model's; `id` is the model's name from here on. Throws DataError naming the file and what does not fit.
 */
export async function readModelFile(name: string, id: string, places: DataPlaces): Promise<FileModel> {
  const path = await findDataFile(name, 'model', places);
  const json = await readJsonFile(path, 'a model file', LARGEST_TOPOLOGY_BYTES);
  const shards = await Promise.all(
    shardsOf(json, path).map((shard) =>
      findDataFile(isAbsolute(shard) ? shard : join(dirname(name), shard), 'model', places),
    ),
  );
  const weights = await readShards(shards);
  const read = orDataError(path, () => readLayersModel(json, weights));
  const model = { ...read.model, id };
  const digest = createHash('sha256').update(JSON.stringify(model));
  for (const { buffer, byteOffset, byteLength } of read.parameters)
    digest.update(new Uint8Array(buffer, byteOffset, byteLength));
  return { model, start: read.parameters, sha256: digest.digest('hex') };
}

function shardsOf(json: unknown, path: string): string[] {
  return orDataError(path, () =>
    listField(fieldsOf(json, 'modelJson'), 'weightsManifest').flatMap((group, index) => {
      const place = `weightsManifest[${index}]`;
      return listField(fieldsOf(group, place), 'paths').map((shard, n) => {
        if (typeof shard === 'string' && shard !== '') return shard;
        throw new RangeError(`${place}.paths[${n}] must be the name of a file, got ${JSON.stringify(shard)}`);
      });
    }),
  );
}

/** One after the other. */
async function readShards(files: readonly string[]): Promise<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  let held = 0;
  for (const file of files)
    for await (const chunk of readUnpacked(file)) {
      held += chunk.length;
      if (held > LARGEST_WEIGHTS_BYTES)
        throw new DataError(
          `${file}: expected weights of at most ${LARGEST_WEIGHTS_BYTES} bytes in all, got more`,
        );
      chunks.push(chunk);
    }
  const whole = new Uint8Array(held);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole.buffer;
}

function orDataError<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new DataError(`${path}: ${error.message.replace(/^modelJson\./, '')}`);
  }
}
