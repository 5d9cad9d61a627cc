// Who gets work, and when: first come, first served, up to the run's concurrency; a cohort all at once.
// Liveness: while fewer than `concurrency` assignments are out, no ready device waits (a cohort: once its devices are ready;
// one update a device: but for the step, which then comes when nobody else is at work).

import { assignmentId } from './assignmentId.ts';
import { blocksFor } from './blocksFor.ts';
import { FLOAT32_PAYLOAD, type Trigger } from './config.ts';
import { openLease } from './leases.ts';
import { numConnected } from './presence.ts';
import { probeFor } from './probing.ts';
import { choiceFor } from './schemeChoice.ts';
import { slicesOf } from './slices.ts';
import type { CoordinatorContext, CoordinatorState, DeviceState, OpenAssignment } from './state.ts';

type CohortTrigger = Extract<Trigger, { kind: 'cohort' }>;

export function dispatch(context: CoordinatorContext): void {
  const { state, config } = context;
  const { trigger } = config.strategy;
  if (trigger.kind === 'buffer') {
    assignUpTo(context, config.concurrency - state.assignments.size);
    return;
  }
  if (state.isCohortOut || state.ready.size < devicesAwaited(state, trigger)) return;
  state.isCohortOut = true;
  state.deadlineMs = trigger.deadlineMs > 0 ? state.nowMs + trigger.deadlineMs : null;
  assignUpTo(context, trigger.size);
}

/** Later cohorts make do with those that are left, or a leaver would end the run. */
function devicesAwaited(state: CoordinatorState, { size, first = size }: CohortTrigger): number {
  return state.version === 0 ? first : Math.min(size, Math.max(numConnected(state), 1));
}

function assignUpTo(context: CoordinatorContext, count: number): void {
  const { state } = context;
  for (const deviceId of mayHaveWork(context).slice(0, Math.max(count, 0)))
    assign(context, state.devices.get(deviceId)!);
}

/** The ready devices, without those that have to wait for the step. */
function mayHaveWork({ state, config }: CoordinatorContext): string[] {
  const resting = config.strategy.onePerDevice ? state.buffer.map(({ deviceId }) => deviceId) : [];
  return [...state.ready].filter((deviceId) => !resting.includes(deviceId));
}

function assign(context: CoordinatorContext, device: DeviceState): void {
  const { state, config, model, effects } = context;
  const probe = probeFor(context, device);
  // What a device is shown to train stays as it was while it probes.
  const { scheme, trainedShare } = probe
    ? { scheme: probe.scheme, trainedShare: device.trainedShare }
    : choiceFor(context, device);
  const blocks = blocksFor(context, device, scheme);
  const assignment: OpenAssignment = {
    number: state.nextAssignment++,
    deviceId: device.deviceId,
    baseVersion: state.version,
    scheme,
    trainedShare,
    issuedAtMs: state.nowMs,
    leaseEndMs: state.nowMs + config.leaseMs,
    maxStaleness: config.strategy.maxStaleness,
    base:
      config.strategy.form === 'mixing'
        ? slicesOf(model, scheme).map(({ tensor }) => state.blocks[tensor]!.values)
        : null,
    probe: probe && { group: probe.index, ratio: probe.ratio },
  };
  openLease(state, device, assignment);
  effects.push({
    kind: 'assign',
    order: {
      assignmentId: assignmentId(config.id, assignment.number),
      deviceId: device.deviceId,
      baseVersion: state.version,
      scheme,
      localWork: {
        ...config.localWork,
        ...(config.tempoMs ? { tempoMs: config.tempoMs } : {}),
        ...(config.partialWorkMs ? { withinMs: config.partialWorkMs } : {}),
      },
      encoding: (config.encoding ?? FLOAT32_PAYLOAD).up,
      seed: state.random.integer(2 ** 31),
      blocks,
      ...(probe && { probe: { numBatches: probe.numBatches } }),
    },
  });
}
