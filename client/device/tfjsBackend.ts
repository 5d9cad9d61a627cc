// TensorFlow.js on WebGPU as a backend, loaded on demand: only by a tab that was told to train with it.

import { BackendError } from '../../shared/engine/errors.ts';
import { openTfjsWebGpu } from '../../shared/engine/tfjs/openTfjsWebGpu.ts';
import { createTfjsTrainer } from '../../shared/engine/tfjs/tfjsTrainer.ts';
import type { GpuBackend } from './backendChoice.ts';
import { stepMs } from './stepMs.ts';

/** Null where the browser has no adapter. */
export async function openTfjsBackend(): Promise<GpuBackend | null> {
  if (!(await navigator.gpu.requestAdapter())) return null;
  return {
    stepMs,
    async createTrainer(plan) {
      const host = await openTfjsWebGpu();
      if (!host) throw new BackendError('tfjs-webgpu', 'the adapter is gone');
      try {
        return createTfjsTrainer(plan, host);
      } catch (error) {
        host.release();
        throw error;
      }
    },
    // Each trainer opens and releases the GPU for itself.
    close: () => undefined,
  };
}
