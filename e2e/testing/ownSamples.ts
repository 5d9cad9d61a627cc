// A tab's own samples for tests: what the page asks of its Worker, asked in its place, over the same wire (Comlink's).

import type { BrowserContext, Page } from 'playwright';
import type { OwnDataApi, OwnSamples } from '../../client/device/ownData.ts';
import { createRandom } from '../../shared/random.ts';
import { DIGIT_SIDE, generateWriters } from '../../shared/tasks/digits/generateDigits.ts';

declare global {
  interface Window {
    /** Put there by `watchWorkers`. */
    deviceWorker?: Worker;
  }
}

/** Call before the page opens: remembers the device's Worker. */
export async function watchWorkers(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const Plain = Worker;
    window.Worker = class extends Plain {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        if (options?.name === 'device') window.deviceWorker = this;
      }
    };
  });
}

/** An array in JSON that becomes a typed one in the page. */
interface Typed {
  readonly uint8: readonly number[];
}

/** Calls one of the functions of `OwnDataApi`; rejects as it does. `Typed` arguments become arrays of bytes. */
export async function callOwn<K extends keyof OwnDataApi>(
  page: Page,
  name: K,
  ...given: readonly unknown[]
): Promise<Awaited<ReturnType<OwnDataApi[K]>>> {
  const answer = await page.evaluate(
    ({ name, given }) =>
      new Promise<unknown>((resolve, reject) => {
        const worker = window.deviceWorker!;
        const id = `test ${performance.now()} ${Math.random()}`;
        worker.addEventListener('message', function listen({ data }) {
          if (data.id !== id) return;
          worker.removeEventListener('message', listen);
          if (data.name === 'throw') reject(new Error(data.value.value.message));
          else resolve(data.value);
        });
        const revive = (value: unknown): unknown => {
          if (typeof value !== 'object' || value === null) return value;
          if ('uint8' in value) return Uint8Array.from((value as Typed).uint8);
          return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, revive(part)]));
        };
        const argumentList = [name, given.map(revive)].map((value) => ({ type: 'RAW', value }));
        const message = { id, type: 'APPLY', path: ['callOwn'], argumentList };
        worker.postMessage(message, { transfer: [] });
      }),
    { name, given },
  );
  return answer as Awaited<ReturnType<OwnDataApi[K]>>;
}

export const typed = (values: Uint8Array): Typed => ({ uint8: [...values] });

export function addOwn(page: Page, { count, inputs, labels }: OwnSamples): Promise<void> {
  return callOwn(page, 'addOwn', { count, inputs: typed(inputs as Uint8Array), labels: typed(labels) });
}

/** Digits by one writer who writes them as in a mirror: a hand that no shard has. */
export function mirroredDigits(
  writer: number,
  count: number,
): OwnSamples & { readonly inputs: Uint8Array<ArrayBuffer> } {
  const { inputs, labels } = generateWriters(4711, writer, 1, count);
  const row = DIGIT_SIDE;
  const mirrored = Uint8Array.from(inputs, (_, i) => inputs[i - (i % row) + (row - 1 - (i % row))]!);
  return { count, inputs: mirrored, labels: Uint8Array.from(labels) };
}

/** Bytes that are likely nowhere else. */
export function seededBytes(seed: number, length: number, below = 256): Uint8Array<ArrayBuffer> {
  const random = createRandom(seed);
  return Uint8Array.from({ length }, () => random.integer(below));
}
