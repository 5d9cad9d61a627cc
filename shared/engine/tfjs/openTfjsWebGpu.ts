// TensorFlow.js's WebGPU backend, opened for trainers: how much it holds, how much is under way, and when it is lost.

// TensorFlow.js's main entry would bring these with its other backends.
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import * as tf from '@tensorflow/tfjs-core';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { BackendError } from '../errors.ts';
import type { TfjsHost } from './tfjsTrainer.ts';

const NAME = 'webgpu';
const MOST_IN_FLIGHT = 2;

/** Hosts that are open; they share TensorFlow.js's one backend. */
let numOpen = 0;

/**
 * A host on this browser's GPU; null where there is none. TensorFlow.js keeps every buffer that it ever had until its
 * backend goes: it goes when the last host is released.
 */
export async function openTfjsWebGpu(): Promise<TfjsHost | null> {
  if (!(await navigator.gpu?.requestAdapter()) || !(await tf.setBackend(NAME))) return null;
  const backend = tf.backend() as WebGPUBackend;
  const inFlight: Promise<void>[] = [];
  let failure: Error | null = null;
  let isReleased = false;
  numOpen++;
  void backend.device.lost.then(({ message, reason }) => {
    failure ??= new BackendError('tfjs-webgpu', message || `the device was lost (${reason})`);
  });

  function submit(): void {
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    backend.submitQueue();
    const done: Promise<void> = backend.queue
      .onSubmittedWorkDone()
      .catch(() => undefined)
      .then(() => void inFlight.splice(inFlight.indexOf(done), 1));
    inFlight.push(done);
  }

  return {
    activate() {
      if (failure) throw failure;
      // At once, since the backend is there.
      void tf.setBackend(NAME);
    },
    heldBytes: () => backend.memory().numBytesAllocatedInGPU,
    async queueReady() {
      submit();
      while (inFlight.length > MOST_IN_FLIGHT) await inFlight[0];
    },
    release() {
      if (isReleased) return;
      isReleased = true;
      if (--numOpen > 0) return;
      const factory = tf.findBackendFactory(NAME);
      tf.removeBackend(NAME);
      tf.registerBackend(NAME, factory);
      backend.device.destroy();
    },
  };
}
