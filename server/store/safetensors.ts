// The safetensors format (https://github.com/huggingface/safetensors): named tensors in one file, read by most frameworks.
//
//     | header length u64 | JSON { name: { dtype, shape, data_offsets } } padded with spaces to 8 bytes | values |

import type { Parameters, ParameterSpec } from '../../shared/engine/model.ts';
import { encodeBlocks } from '../../shared/contract/codec.ts';

/** `parameters[i]` has the name and shape of `specs[i]`. `metadata` is free text by key. */
export function encodeSafetensors(
  specs: readonly ParameterSpec[],
  parameters: Parameters,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [index, { name, shape }] of specs.entries()) {
    const end = offset + parameters[index]!.byteLength;
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, ' ');
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, new Uint8Array(encodeBlocks(parameters))]);
}
