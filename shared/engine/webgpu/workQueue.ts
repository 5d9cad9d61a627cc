// The way of work to the GPU: batches are staged in a ring of slots, programs encoded behind one another, submits kept
// to about 8 ms so that whoever draws the page gets its turn. Nothing is read back unless asked for.
//
//     inbox: | args | input | labels | args | input | labels | ...      one slot a run, written once between two submits
//
// Safety: a slot is written again only after the submit that reads it (the queue keeps that order).

import { BackendError } from '../errors.ts';
import type { DeviceWatch } from './deviceWatch.ts';
import { BUFFER_USAGE, MAP_READ, type Dispatch, type Pipelines } from './pipelines.ts';

/** Uniform bindings start at multiples of this (the guaranteed limit). */
const ARGS_STRIDE = 256;
const SUBMIT_MS = 8;
const FIRST_DISPATCHES = 32;
const MOST_DISPATCHES = 2048;
const MOST_IN_FLIGHT = 2;
const INBOX_BYTES = 1024 * 1024;
const MOST_SLOTS = 32;

/** What of `Args` in kernel.ts varies from run to run. */
export interface RunArguments {
  readonly count: number;
  readonly from: number;
  readonly seed: number;
  readonly scale: number;
  readonly learningRate: number;
}

/** Bytes that go from the slot to a place in the arena before the run. */
export interface Staged {
  readonly offset: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface WorkQueue {
  /** Bytes of the upload ring. */
  readonly inboxBytes: number;
  /** Stages and encodes; submits when the GPU is idle or enough has come together. */
  run(program: readonly Dispatch[], run: RunArguments, staged: readonly Staged[]): void;
  /** The encoder that the next commands go into. */
  encoder(): GPUCommandEncoder;
  submit(): void;
  /** Copies of byte ranges of the arena, after all that was enqueued; `then` may encode what follows the copy. */
  read(
    ranges: readonly { readonly offset: number; readonly bytes: number }[],
    then?: (encoder: GPUCommandEncoder) => void,
  ): Promise<ArrayBuffer>;
  /** What was copied into a buffer of `createReadback`; frees it. */
  takeReadback(buffer: GPUBuffer): Promise<ArrayBuffer>;
  createReadback(bytes: number): GPUBuffer;
  /** Resolves when no more than two submits are under way. */
  ready(): Promise<void>;
  dispose(): void;
}

/** `stagedBytes`: most bytes staged with one run. */
export function createWorkQueue(
  device: GPUDevice,
  pipelines: Pipelines,
  arena: GPUBuffer,
  stagedBytes: number,
  { expectAlive, whileAlive }: Pick<DeviceWatch, 'expectAlive' | 'whileAlive'>,
): WorkQueue {
  const slotBytes = ARGS_STRIDE + Math.ceil(stagedBytes / ARGS_STRIDE) * ARGS_STRIDE;
  const numSlots = Math.max(2, Math.min(MOST_SLOTS, Math.floor(INBOX_BYTES / slotBytes)));
  const inbox = device.createBuffer({
    label: 'inbox',
    size: numSlots * slotBytes,
    usage: BUFFER_USAGE.copySource | BUFFER_USAGE.copyTarget | BUFFER_USAGE.uniform,
  });
  const bindGroup = pipelines.bind(arena, inbox);
  const scratch = new Uint8Array(slotBytes);
  const argsView = new DataView(scratch.buffer);
  let encoder: GPUCommandEncoder | null = null;
  let slot = 0;
  /** Slots written, and dispatches encoded, since the last submit. */
  let numWritten = 0;
  let numDispatches = 0;
  let dispatchesPerSubmit = FIRST_DISPATCHES;
  const inFlight: Promise<void>[] = [];
  let lastDoneMs = 0;

  function submit(): void {
    if (!encoder) return;
    device.queue.submit([encoder.finish()]);
    const [dispatches, submittedMs] = [numDispatches, performance.now()];
    encoder = null;
    numWritten = 0;
    numDispatches = 0;
    const done: Promise<void> = device.queue
      .onSubmittedWorkDone()
      .then(() => measured(dispatches, submittedMs))
      .catch(() => undefined)
      .then(() => void inFlight.splice(inFlight.indexOf(done), 1));
    inFlight.push(done);
  }

  /** At most twice or half as many dispatches as before: one hiccup does not turn the size over. */
  function measured(dispatches: number, submittedMs: number): void {
    const nowMs = performance.now();
    const elapsedMs = nowMs - Math.max(submittedMs, lastDoneMs);
    lastDoneMs = nowMs;
    if (dispatches === 0) return;
    const wanted = Math.min(2, Math.max(0.5, SUBMIT_MS / Math.max(elapsedMs, 0.1))) * dispatches;
    dispatchesPerSubmit = Math.min(MOST_DISPATCHES, Math.max(1, Math.round(wanted)));
  }

  function currentEncoder(): GPUCommandEncoder {
    encoder ??= device.createCommandEncoder();
    return encoder;
  }

  /** Writes arguments and staged bytes into the next slot; returns where it starts. */
  function writeSlot(run: RunArguments, staged: readonly Staged[]): number {
    if (numWritten === numSlots) submit();
    slot = (slot + 1) % numSlots;
    numWritten++;
    argsView.setUint32(0, run.count, true);
    argsView.setUint32(4, run.from, true);
    argsView.setUint32(8, run.seed, true);
    argsView.setFloat32(16, run.scale, true);
    argsView.setFloat32(20, run.learningRate, true);
    let end = ARGS_STRIDE;
    for (const { bytes } of staged) {
      scratch.set(bytes, end);
      end += Math.ceil(bytes.length / 4) * 4;
    }
    device.queue.writeBuffer(inbox, slot * slotBytes, scratch, 0, end);
    return slot * slotBytes;
  }

  async function takeReadback(buffer: GPUBuffer): Promise<ArrayBuffer> {
    submit();
    try {
      await whileAlive(buffer.mapAsync(MAP_READ));
    } catch (error) {
      expectAlive();
      throw new BackendError('webgpu', (error as Error).message);
    }
    const copy = buffer.getMappedRange().slice(0);
    buffer.destroy();
    return copy;
  }

  function createReadback(bytes: number): GPUBuffer {
    return device.createBuffer({
      size: Math.max(4, bytes),
      usage: BUFFER_USAGE.mapRead | BUFFER_USAGE.copyTarget,
    });
  }

  return {
    inboxBytes: numSlots * slotBytes,
    run(program, run, staged) {
      expectAlive();
      if (program.length === 0) return;
      const start = writeSlot(run, staged);
      let from = start + ARGS_STRIDE;
      for (const { offset, bytes } of staged) {
        const size = Math.ceil(bytes.length / 4) * 4;
        currentEncoder().copyBufferToBuffer(inbox, from, arena, offset, size);
        from += size;
      }
      let pass: GPUComputePassEncoder | null = null;
      for (const { pipeline, workgroups } of program) {
        if (!pass) {
          pass = currentEncoder().beginComputePass();
          pass.setBindGroup(0, bindGroup, [start]);
        }
        pass.setPipeline(pipeline);
        pass.dispatchWorkgroups(...workgroups(run.count));
        numDispatches++;
        if (numDispatches >= dispatchesPerSubmit) {
          pass.end();
          pass = null;
          submit();
          // The slot is still read by what follows.
          numWritten = 1;
        }
      }
      pass?.end();
      if (inFlight.length === 0) submit();
    },
    encoder: currentEncoder,
    submit,
    async read(ranges, then) {
      expectAlive();
      const readback = createReadback(ranges.reduce((sum, { bytes }) => sum + bytes, 0));
      let end = 0;
      for (const { offset, bytes } of ranges) {
        currentEncoder().copyBufferToBuffer(arena, offset, readback, end, bytes);
        end += bytes;
      }
      then?.(currentEncoder());
      return takeReadback(readback);
    },
    takeReadback,
    createReadback,
    async ready() {
      while (inFlight.length > MOST_IN_FLIGHT) await whileAlive(inFlight[0]!);
    },
    dispose() {
      inbox.destroy();
    },
  };
}
