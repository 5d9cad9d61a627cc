// From kernels to pipelines that can be dispatched: one bind group layout for all, each distinct code compiled once.
// Knows nothing of plans.

import { ARGS_BYTES, prelude, type Kernel } from './kernels/kernel.ts';

/** The numbers behind GPUBufferUsage and GPUMapMode, which are no types and exist in browsers only. */
export const BUFFER_USAGE = { mapRead: 0x1, copySource: 0x4, copyTarget: 0x8, uniform: 0x40, storage: 0x80 };
export const MAP_READ = 0x1;
const COMPUTE_STAGE = 0x4;

export interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  readonly workgroups: Kernel['workgroups'];
}

export interface Pipelines {
  /** Binds the arena and the arguments; the latter at a dynamic offset. */
  bind(arena: GPUBuffer, inbox: GPUBuffer): GPUBindGroup;
  /** All at once, in the background. Rejects where a kernel does not compile. */
  compile(kernels: readonly Kernel[]): Promise<Dispatch[]>;
  /** For programs that may never run: compiled on first use. */
  compileNow(kernels: readonly Kernel[]): Dispatch[];
}

/** Pipelines over an arena of that many words. */
export function createPipelines(device: GPUDevice, arenaWords: number): Pipelines {
  const bindGroupLayout = device.createBindGroupLayout({
    entries: [
      { binding: 0, visibility: COMPUTE_STAGE, buffer: { type: 'storage' } },
      { binding: 1, visibility: COMPUTE_STAGE, buffer: { type: 'uniform', hasDynamicOffset: true } },
    ],
  });
  const layout = device.createPipelineLayout({ bindGroupLayouts: [bindGroupLayout] });
  const compiled = new Map<string, Promise<GPUComputePipeline>>();

  function describe({ code }: Kernel): GPUComputePipelineDescriptor {
    return {
      layout,
      compute: {
        module: device.createShaderModule({ code: prelude(arenaWords) + code }),
        entryPoint: 'main',
      },
    };
  }
  return {
    bind: (arena, inbox) =>
      device.createBindGroup({
        layout: bindGroupLayout,
        entries: [
          { binding: 0, resource: { buffer: arena } },
          { binding: 1, resource: { buffer: inbox, size: ARGS_BYTES } },
        ],
      }),
    compile: (kernels) =>
      Promise.all(
        kernels.map(async (kernel) => {
          const pending = compiled.get(kernel.code) ?? device.createComputePipelineAsync(describe(kernel));
          compiled.set(kernel.code, pending);
          return { pipeline: await pending, workgroups: kernel.workgroups };
        }),
      ),
    compileNow: (kernels) =>
      kernels.map((kernel) => ({
        pipeline: device.createComputePipeline(describe(kernel)),
        workgroups: kernel.workgroups,
      })),
  };
}
