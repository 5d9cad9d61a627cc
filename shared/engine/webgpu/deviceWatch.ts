// Whether a GPU device still works. A GPU that dies answers nothing any more: who waits for an answer of it hears of that, and does
// not wait for ever.

import { BackendError } from '../errors.ts';

export interface DeviceWatch {
  /** Throws BackendError once the device has failed. */
  expectAlive(): void;
  /** As the answer, or rejects with BackendError when the device fails before it comes. */
  whileAlive<T>(answer: Promise<T>): Promise<T>;
  /** From now on errors of the device are somebody else's. */
  end(): void;
}

export function watchDevice(
  device: Pick<GPUDevice, 'lost' | 'addEventListener' | 'removeEventListener'>,
): DeviceWatch {
  let failure: BackendError | null = null;
  const waiting = new Set<(failure: BackendError) => void>();
  const fail = (reason: string): void => {
    failure ??= new BackendError('webgpu', reason);
    for (const reject of waiting) reject(failure);
  };
  const failed = ({ error }: GPUUncapturedErrorEvent): void => fail(error.message);
  void device.lost.then(({ message, reason }) => fail(message || `the device was lost (${reason})`));
  device.addEventListener('uncapturederror', failed);
  return {
    expectAlive() {
      if (failure) throw failure;
    },
    // No Promise.race: each would stay with a promise that lives as long as the device.
    whileAlive: (answer) =>
      new Promise((resolve, reject) => {
        if (failure) reject(failure);
        waiting.add(reject);
        void answer.then(resolve, reject).finally(() => waiting.delete(reject));
      }),
    end: () => device.removeEventListener('uncapturederror', failed),
  };
}
