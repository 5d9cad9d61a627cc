// The WebGPU backend, loaded on demand: only where the browser has WebGPU, and never with the first load of the page.

import { requestGpuDevice } from '../../shared/engine/webgpu/requestGpuDevice.ts';
import { createWebGpuTrainer } from '../../shared/engine/webgpu/webgpuTrainer.ts';
import type { GpuBackend } from './backendChoice.ts';
import { stepMs } from './stepMs.ts';

/** Null where the browser has no adapter. */
export async function openGpuBackend(): Promise<GpuBackend | null> {
  const device = await requestGpuDevice();
  return (
    device && {
      stepMs,
      createTrainer: (plan) => createWebGpuTrainer(plan, device),
      close: () => device.destroy(),
    }
  );
}
