// What the engine benchmark measures, as it is written to JSON.

import type { ModelSpec } from '../../shared/engine/model.ts';

export interface EngineRow {
  readonly model: string;
  readonly batch: number;
  readonly engine: 'minnow' | 'tfjs' | 'jax-js';
  /** Minnow: relaxed, simd, scalar, webgpu; TensorFlow.js: wasm, webgl, webgpu, cpu; jax-js: wasm, webgpu. */
  readonly backend: string;
  /** Median over the rounds. */
  readonly msPerStep: number;
  /** By the plan's floating-point operations of that step, whoever computes it. */
  readonly gflops: number;
  /** Minnow: the plan's stepBytes; TensorFlow.js: peak of tf.profile for one step, its parameters included; jax-js does not say. */
  readonly peakBytes: number | null;
}

/** One op of the train program by itself, over one micro-batch. */
export interface OpRow {
  readonly model: string;
  readonly backend: string;
  readonly op: string;
  /** Kernel, stride and the images that it reads and writes. */
  readonly shape: string;
  readonly ms: number;
  /** Zero for ops that the plan does not count. */
  readonly gflops: number;
}

export interface EngineResult {
  readonly machine: {
    readonly date: string;
    readonly processor: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly system: string;
    /** Chromium, or Node and Dawn, and its version. */
    readonly browser: string;
    /** Of WebGPU, where Dawn found it. */
    readonly adapter?: string;
  };
  /** Fused multiply-adds (else multiply and add) in registers of one core, median over the rounds; null in Node. */
  readonly peakGflops: number | null;
  readonly rows: readonly EngineRow[];
  /** Only where asked for. */
  readonly ops?: readonly OpRow[];
}

/** What the page is asked for, and what it answers. */
export interface PageRequest {
  readonly models: readonly ModelSpec[];
  readonly minnowOnly: boolean;
  /** Leaves all but the WebGPU backends out. */
  readonly webGpuOnly: boolean;
  /** Times every op of Minnow's fastest variant as well. */
  readonly perOp: boolean;
}

export type PageResult = Pick<EngineResult, 'peakGflops' | 'rows' | 'ops'>;

export type PageMessage =
  | { readonly kind: 'log'; readonly line: string }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'done'; readonly result: PageResult };
