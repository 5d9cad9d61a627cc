import { expect, it } from 'vitest';
import { encodeSafetensors } from './safetensors.ts';

it('writes names, shapes and offsets that a reader finds the values by', () => {
  const bytes = Buffer.from(
    encodeSafetensors(
      [
        { name: 'dense.weight', layer: 'dense', role: 'weight', shape: [2, 3], size: 6 },
        { name: 'dense.bias', layer: 'dense', role: 'bias', shape: [3], size: 3 },
      ],
      [Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(-1, 0, 1)],
      { version: '12' },
    ),
  );
  const headerLength = Number(bytes.readBigUInt64LE(0));
  expect((8 + headerLength) % 8).toBe(0);
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<string, unknown>;
  expect(header).toEqual({
    __metadata__: { version: '12' },
    'dense.weight': { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
    'dense.bias': { dtype: 'F32', shape: [3], data_offsets: [24, 36] },
  });
  const values = bytes.subarray(8 + headerLength);
  expect(values.length).toBe(36);
  expect(values.readFloatLE(20)).toBe(6);
  expect(values.readFloatLE(24)).toBe(-1);
});
