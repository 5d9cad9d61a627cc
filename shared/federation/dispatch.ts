// Who gets work, and when: first come, first served, up to the run's concurrency; a cohort all at once. Where that is not
// enough for all, addresses share and the silent come last (fairLine.ts); nobody is faster than the tempo (rest.ts), or fills
// the buffer alone (bufferShare.ts).
// Liveness: while fewer than `concurrency` assignments have a place, no ready device waits (a cohort: once its devices are
// ready; who has had its share of the buffer: but for the step, or until nobody else will fill it soon; a rest: but for its
// end).

import type { LocalWork } from '../contract/messages.ts';
import { assignmentId } from './assignmentId.ts';
import { blocksFor } from './blocksFor.ts';
import { restsForStep } from './bufferShare.ts';
import type { RunConfig } from './config.ts';
import { openLease } from './leases.ts';
import { placeMs } from './policies/expectedTime.ts';
import { probeFor } from './probing.ts';
import { turnFor } from './rotation.ts';
import { choiceFor, ownChoiceFor } from './schemeChoice.ts';
import type { SchemeChoice } from './selectScheme.ts';
import { slicesOf } from './slices.ts';
import type { CoordinatorContext, DeviceRecord, OpenAssignment } from './state.ts';
import { rulesOf } from './triggers.ts';

export function dispatch(context: CoordinatorContext): void {
  const { state, config } = context;
  const line = mayHaveWork(context);
  if (line.length === 0) return;
  const rules = rulesOf(config.strategy.trigger);
  const starters = rules.starters(state, line, config.concurrency);
  if (starters.length === 0) return;
  rules.started(state);
  for (const device of starters) assign(context, device);
}

/** The ready devices, without those that have to wait: for the step, or for their time. */
function mayHaveWork({ state, config }: CoordinatorContext): DeviceRecord[] {
  const rests = restsForStep(state, config);
  const line: DeviceRecord[] = [];
  for (const deviceId of state.ready) {
    const device = state.devices.get(deviceId)!;
    if (device.notBeforeMs <= state.nowMs && !rests(device)) line.push(device);
  }
  return line;
}

/** What the device trains, and which parts of the model those are where devices train in turn. */
function workFor(
  context: CoordinatorContext,
  device: DeviceRecord,
): SchemeChoice & Pick<OpenAssignment, 'parts'> {
  const isInTurn = context.config.subset.kind === 'rotating' && !device.isNarrow;
  const usual = isInTurn ? turnFor(context, device) : { ...choiceFor(context, device), parts: null };
  const choice = ownChoiceFor(context, device, usual);
  return choice === usual ? usual : { ...choice, parts: null };
}

function assign(context: CoordinatorContext, device: DeviceRecord): void {
  const { state, config, model, effects } = context;
  const probe = probeFor(context, device);
  // What a device is shown to train stays as it was while it probes.
  const { scheme, trainedShare, parts } = probe
    ? { scheme: probe.scheme, trainedShare: device.trainedShare, parts: null }
    : workFor(context, device);
  const blocks = blocksFor(context, device, scheme);
  const assignment: OpenAssignment = {
    number: state.nextAssignment++,
    deviceId: device.deviceId,
    baseVersion: state.version,
    scheme,
    trainedShare,
    issuedAtMs: state.nowMs,
    leaseEndMs: state.nowMs + config.leaseMs,
    placeEndMs:
      state.nowMs +
      placeMs({
        ownMs: device.turnMs,
        fleetMs: state.turnsMs,
        tempoMs: config.tempoMs,
        isCohort: rulesOf(config.strategy.trigger).isSynchronous,
        leaseMs: config.leaseMs,
      }),
    isOverdue: false,
    maxStaleness: config.strategy.maxStaleness,
    base:
      config.strategy.form === 'mixing'
        ? slicesOf(model, scheme).map(({ tensor }) => state.blocks[tensor]!.values)
        : null,
    parts,
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
        ...localWorkOf(config),
        ...(config.tempoMs ? { tempoMs: config.tempoMs } : {}),
        ...(config.partialWorkMs ? { withinMs: config.partialWorkMs } : {}),
      },
      encoding: config.encoding.up,
      seed: state.random.integer(2 ** 31),
      blocks,
      ...(probe && { probe: { numBatches: probe.numBatches } }),
    },
  });
}

/** What is not asked for does not travel. */
function localWorkOf({ localWork: { labelCalibration, ...localWork } }: RunConfig): LocalWork {
  return labelCalibration > 0 ? { ...localWork, labelCalibration } : localWork;
}
