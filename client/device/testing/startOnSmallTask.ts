// A device on the real engine and the small task, with a scripted server at the other end of its session.

import { expect, vi } from 'vitest';
import { encodeBlocks } from '../../../shared/contract/codec.ts';
import type { Assignment } from '../../../shared/contract/messages.ts';
import { initialParameters } from '../../../shared/engine/initialParameters.ts';
import type { TrainingPlan } from '../../../shared/engine/plan.ts';
import { fullScheme, layerScheme, type UpdateScheme } from '../../../shared/engine/scheme.ts';
import type { Trainer } from '../../../shared/engine/trainer.ts';
import { createWasmTrainer } from '../../../shared/engine/wasm/wasmTrainer.ts';
import { createManualClock } from '../../../shared/localWork/testing/manualClock.ts';
import { SMALL_TASK } from '../../../shared/localWork/testing/smallTask.ts';
import { startDevice } from '../device.ts';
import type { DeviceParts } from '../deviceParts.ts';
import type { DeviceOptions, DeviceState } from '../deviceState.ts';
import { wholeBlock } from './blocks.ts';
import { DEVICE_OPTIONS } from './deviceOptions.ts';
import { createScriptedServer } from './scriptedServer.ts';

const { model } = SMALL_TASK;
export const PARAMETERS = initialParameters(model, 1);
export const FULL = fullScheme(model);
export const HEAD = layerScheme(model, ['head']);
/** Tensors. */
export const ALL = [0, 1, 2, 3];

/** An assignment of version 0 that brings these tensors. */
export function assignment(
  assignmentId: string,
  scheme: UpdateScheme,
  tensors: readonly number[],
): [Assignment, ArrayBuffer] {
  const localWork = { batch: 8, epochs: 2, maxSteps: 100, learningRate: 0.1 };
  const blocks = tensors.map((tensor) => wholeBlock(tensor, 0));
  return [
    { assignmentId, baseVersion: 0, scheme, localWork, seed: 1, encoding: { kind: 'float32' }, blocks },
    encodeBlocks(tensors.map((tensor) => PARAMETERS[tensor]!)),
  ];
}

export function start(
  change: Partial<DeviceOptions> = {},
  parts: Partial<DeviceParts> = {},
  prepareTrainer = (trainer: Trainer): Trainer => trainer,
) {
  const server = createScriptedServer();
  const states: DeviceState[] = [];
  const tokens: string[] = [];
  const arenas: string[] = [];
  let numBegun = 0;
  const device = startDevice(
    { ...DEVICE_OPTIONS, ...change },
    {
      openSession: server.openSession,
      createTrainer(plan: TrainingPlan) {
        const created = createWasmTrainer(plan, 'simd');
        const trainer = prepareTrainer({
          ...created,
          beginUpdate(carried) {
            numBegun++;
            created.beginUpdate(carried);
          },
        });
        arenas.push('created');
        return Object.assign(Object.create(trainer) as Trainer, {
          dispose() {
            arenas.push('disposed');
            trainer.dispose();
          },
        });
      },
      giveUpGpu: () => arenas.push('gave up'),
      backendRefusal: () => '',
      clock: createManualClock(),
      backend: 'wasm-simd',
      browser: 'none',
      cores: 1,
      sinceOpenedMs: () => 5,
      changed: (state) => states.push(state),
      tokenIssued: (token) => tokens.push(token),
      ...parts,
    },
  );
  const newest = () => states[states.length - 1]!;
  const phase = (wanted: DeviceState['phase']) => vi.waitFor(() => expect(newest().phase).toBe(wanted));
  const logged = (message: string, times = 1) =>
    vi.waitFor(() => expect(server.log.filter((line) => line === message)).toHaveLength(times));
  /** Local work has begun, and done what it does without time passing: its first step where nothing holds it. */
  async function begun(): Promise<void> {
    await vi.waitFor(() => expect(numBegun).toBeGreaterThan(0));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return { server, device, states, tokens, arenas, newest, phase, logged, begun };
}
