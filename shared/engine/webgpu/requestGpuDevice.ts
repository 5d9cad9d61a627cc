// Asks the browser for a GPU. Knows nothing of plans.

/** A device of the fastest adapter, with the largest buffers that it allows; null where there is none (an http page, say). */
export async function requestGpuDevice(): Promise<GPUDevice | null> {
  const gpu = (navigator as { gpu?: GPU }).gpu;
  const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  if (!adapter) return null;
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  return adapter
    .requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } })
    .catch(() => null);
}
