// Honest devices beside an attack: they join, and upload one update after the other, well below what the server takes for a
// flood. What they lose by it is the measure.

import { setTimeout as rest } from 'node:timers/promises';
import { connectLoadDevice, type LoadDevice } from '../server/testing/loadDevice.ts';
import { TINY_TENSOR_SIZES } from '../server/testing/tinyTask.ts';

/** Between two updates of a device. */
const REST_MS = 20;
const NUM_PARAMETERS = TINY_TENSOR_SIZES.reduce((sum, size) => sum + size, 0);

export interface HonestDevices {
  /** Acknowledged updates so far. */
  readonly numAcknowledged: number;
  /** From upload to acknowledgement, ms, in the order of the answers. */
  readonly answerTimesMs: readonly number[];
  /** Resolves when so many more were acknowledged; rejects when a device was refused or lost. */
  acknowledged(more: number): Promise<void>;
  close(): void;
}

/** Resolves when all have joined and asked for work. `address`: as a trusted proxy would say it. */
export async function startHonestDevices(
  url: string,
  count: number,
  address?: string,
): Promise<HonestDevices> {
  const answerTimesMs: number[] = [];
  const waiting = new Set<() => void>();
  let fault: Error | null = null;
  const over = new AbortController();
  const tell = (): void => waiting.forEach((look) => look());
  const devices = await Promise.all(Array.from({ length: count }, () => joinDevice(url, address)));
  for (const device of devices) {
    void work(device).catch((error: Error) => {
      if (!over.signal.aborted) fault ??= error;
      tell();
    });
  }

  async function work(device: LoadDevice): Promise<void> {
    const lost = device.disconnected.then(() => {
      throw new Error('an honest device lost its connection');
    });
    while (!over.signal.aborted) {
      const { assignment } = await Promise.race([device.nextAssignment(), lost]);
      const begin = performance.now();
      const answer = await device.update(
        assignment.assignmentId,
        new Float32Array(NUM_PARAMETERS).fill(0.001),
      );
      if (!answer.ok) throw new Error(`an honest update was refused: ${answer.code}, ${answer.message}`);
      answerTimesMs.push(performance.now() - begin);
      tell();
      await rest(REST_MS);
    }
  }

  return {
    answerTimesMs,
    get numAcknowledged() {
      return answerTimesMs.length;
    },
    acknowledged(more) {
      const wanted = answerTimesMs.length + more;
      return new Promise((resolve, reject) => {
        const look = (): void => {
          if (fault === null && answerTimesMs.length < wanted) return;
          waiting.delete(look);
          if (fault) reject(fault);
          else resolve();
        };
        waiting.add(look);
        look();
      });
    },
    close() {
      over.abort();
      for (const device of devices) device.close();
    },
  };
}

async function joinDevice(url: string, address?: string): Promise<LoadDevice> {
  const device = await connectLoadDevice(url, {
    numTensors: TINY_TENSOR_SIZES.length,
    ...(address !== undefined && { address }),
  });
  const joined = await device.join();
  if (!joined.ok) throw new Error(`an honest device was refused: ${joined.code}, ${joined.message}`);
  await device.send('ready', { held: TINY_TENSOR_SIZES.map(() => -1) });
  return device;
}
