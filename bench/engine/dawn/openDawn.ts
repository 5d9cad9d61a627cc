// WebGPU in Node, by Dawn (npm package `webgpu`): after this, `navigator.gpu` is there as in a browser.

import { create, globals } from 'webgpu';
import { requestGpuDevice } from '../../../shared/engine/webgpu/requestGpuDevice.ts';

export interface Dawn {
  /** Vendor, architecture and driver, as far as the adapter says. */
  readonly adapter: string;
  readonly device: GPUDevice;
  /** Lets the process end. */
  close(): void;
}

/** Null where Dawn finds no adapter: no GPU, or no driver that it can use. */
export async function openDawn(): Promise<Dawn | null> {
  Object.assign(globalThis, globals);
  const gpu = create([]) as unknown as GPU;
  Object.defineProperty(globalThis, 'navigator', {
    value: { gpu, userAgent: 'Node' },
    configurable: true,
    writable: true,
  });
  const device = await requestGpuDevice();
  if (!device) {
    letGo();
    return null;
  }
  const { vendor, architecture, description } = device.adapterInfo;
  return {
    adapter: [vendor, architecture, description].filter(Boolean).join(' ') || 'an adapter without a name',
    device,
    close() {
      device.destroy();
      letGo();
    },
  };
}

/** While it is referred to, Dawn keeps the process alive. */
function letGo(): void {
  Reflect.deleteProperty(globalThis, 'navigator');
}
