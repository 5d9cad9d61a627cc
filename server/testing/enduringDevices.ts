// Devices that outlast their server: each uploads, comes back with its token when the connection is lost, and sends again
// what was not acknowledged. What they were told is the measure of what a server may not lose.

import assert from 'node:assert/strict';
import { connectLoadDevice, type LoadDevice } from './loadDevice.ts';
import { TINY_TENSOR_SIZES } from './tinyTask.ts';

const NUM_PARAMETERS = TINY_TENSOR_SIZES.reduce((sum, size) => sum + size, 0);

/** What a device knows of its work over all its connections. */
export interface EnduringDevice {
  token: string;
  /** Received, not acknowledged yet: sent again after coming back. */
  pending: string;
  readonly acknowledged: Set<string>;
}

export interface EnduringDevices {
  readonly devices: readonly EnduringDevice[];
  readonly numAcknowledged: number;
  /** Resolves when so many more were acknowledged; rejects when a device saw what must not be. */
  acknowledged(more: number): Promise<void>;
  /** Until the promise is settled nobody tries to connect. */
  waitFor(serverIsUp: Promise<unknown>): void;
  /** Resolves when each has the answer to what it sent last, or has lost its server. */
  finish(): Promise<void>;
}

export function startEnduringDevices(url: string, count: number): EnduringDevices {
  const over = new AbortController();
  const devices = Array.from({ length: count }, (): EnduringDevice => ({
    token: '',
    pending: '',
    acknowledged: new Set(),
  }));
  let serverIsUp: Promise<unknown> = Promise.resolve();
  let fault: Error | null = null;
  const waiting = new Set<() => void>();
  const tell = (): void => waiting.forEach((look) => look());
  const numAcknowledged = (): number => devices.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0);

  const working = devices.map(async (device) => {
    while (!over.signal.aborted) {
      await serverIsUp;
      await workUntilLost(device, url, over.signal, tell);
    }
  });
  for (const work of working)
    void work.catch((error: Error) => {
      fault ??= error;
      tell();
    });

  return {
    devices,
    get numAcknowledged() {
      return numAcknowledged();
    },
    acknowledged(more) {
      const wanted = numAcknowledged() + more;
      return new Promise((resolve, reject) => {
        const look = (): void => {
          if (fault === null && numAcknowledged() < wanted) return;
          waiting.delete(look);
          if (fault) reject(fault);
          else resolve();
        };
        waiting.add(look);
        look();
      });
    },
    waitFor(up) {
      serverIsUp = up.catch(() => undefined);
    },
    async finish() {
      over.abort();
      await Promise.all(working);
    },
  };
}

/** Joins or resumes, and uploads until the connection is lost or `over`. */
async function workUntilLost(
  worker: EnduringDevice,
  url: string,
  over: AbortSignal,
  onAcknowledged: () => void,
): Promise<void> {
  let device: LoadDevice;
  try {
    device = await connectLoadDevice(url, { numTensors: TINY_TENSOR_SIZES.length });
  } catch {
    return; // gone meanwhile
  }
  const lost = device.disconnected.then(() => null);
  const orLost = async <T>(wanted: Promise<T>): Promise<T | null> =>
    Promise.race([wanted.catch(() => null), lost]);
  try {
    const joined = await orLost(device.join({ token: worker.token }));
    if (!joined?.ok) return;
    assert.equal(joined.resumed, worker.token !== '');
    worker.token = joined.token;
    const askForWork = () => orLost(device.send('ready', { held: TINY_TENSOR_SIZES.map(() => -1) }));
    // An assignment that was on its way when the server died is not held here: it has to be given up.
    const holdsOther = joined.openAssignment !== '' && joined.openAssignment !== worker.pending;
    if (worker.pending === '') await askForWork();
    let mustAsk = worker.pending !== '' && holdsOther;
    while (!over.aborted) {
      if (worker.pending === '') {
        const delivery = await orLost(device.nextAssignment());
        if (delivery === null) return;
        worker.pending = delivery.assignment.assignmentId;
      }
      const answer = await orLost(
        device.update(worker.pending, new Float32Array(NUM_PARAMETERS).fill(0.001)),
      );
      if (answer === null) return;
      assert.ok(answer.ok, `an update was refused: ${JSON.stringify(answer)}`);
      assert.ok(!worker.acknowledged.has(worker.pending), 'an update was acknowledged twice');
      worker.acknowledged.add(worker.pending);
      worker.pending = '';
      onAcknowledged();
      if (mustAsk) await askForWork();
      mustAsk = false;
    }
  } finally {
    device.close();
  }
}
