// A run's events, one after the other: each is durable before its answer is given and its effects are done.

import type { Effect } from '../../shared/federation/events.ts';
import { onOwnBehalf } from '../guard/containment.ts';
import type { DurableCoordinator, UntimedEvent } from '../store/durableCoordinator.ts';
import { createAlarm } from './alarm.ts';
import type { Machine } from './machine.ts';

export interface RunEvents {
  /**
   * Handles a device's event. `answer` is called once it is durable, before any assignment that follows from it is
   * delivered; never, when the disk refuses (then `onFailure` is told).
   */
  readonly submit: (event: UntimedEvent, answer?: (effects: readonly Effect[]) => void) => Promise<void>;
  /** Sets the alarm that the coordinator asks for. */
  readonly setAlarm: () => void;
  /** Until the next event; with `close`, for good. */
  readonly callOffAlarm: () => void;
  /** From now on events are dropped. */
  readonly close: () => void;
}

export interface RunEventsOptions {
  readonly durable: Pick<DurableCoordinator, 'coordinator' | 'handle' | 'nowMs'>;
  readonly machine: Machine;
  readonly execute: (effect: Effect) => void;
  /** All effects of an event are done. */
  readonly onHandled: () => void;
  /** The disk refuses, or a fault of ours that the run cannot go on from. */
  readonly onFailure: (error: Error) => void;
}

export function createRunEvents(options: RunEventsOptions): RunEvents {
  const { durable, machine, execute, onHandled, onFailure } = options;
  const { coordinator } = durable;
  const alarm = createAlarm(machine, durable.nowMs, () => void submit({ kind: 'clockAdvanced' }));
  let isClosed = false;

  /** A fault of the coordinator is the run's own, whoever's message it was that met it. */
  const submit: RunEvents['submit'] = (event, answer = () => {}) => onOwnBehalf(() => take(event, answer));

  async function take(event: UntimedEvent, answer: (effects: readonly Effect[]) => void): Promise<void> {
    if (isClosed) return;
    const handled = durable.handle(event);
    setAlarm();
    try {
      const effects = await handled;
      answer(effects);
      for (const effect of effects) execute(effect);
      onHandled();
    } catch (error) {
      onFailure(error as Error);
    }
  }

  function setAlarm(): void {
    if (coordinator.wakeAtMs !== null) alarm.set(coordinator.wakeAtMs);
  }

  return {
    submit,
    setAlarm,
    callOffAlarm: alarm.callOff,
    close() {
      isClosed = true;
      alarm.callOff();
    },
  };
}
