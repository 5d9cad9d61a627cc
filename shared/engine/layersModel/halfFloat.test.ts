import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { halfToFloat } from './halfFloat.ts';

it('all 65,536 halves are what TensorFlow.js decodes them to', () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, index) => index);
  const spec = {
    name: 'w',
    shape: [65536],
    dtype: 'float32' as const,
    quantization: { dtype: 'float16' as const },
  };
  const decoded = tf.io.decodeWeights(bits.buffer, [spec])['w']!.dataSync();
  expect(Array.from(bits, halfToFloat)).toEqual([...decoded]);
});
