// Takes in one update, or refuses it: whose assignment is it, is it still open, is what it brings sound and young enough.
// Every upload gets exactly one answer; the same upload gets the same answer again and counts once.

import { toByteView } from '../contract/codec.ts';
import type { Delta } from '../contract/delta.ts';
import { decodeDelta } from '../contract/deltaCodec.ts';
import type { Holding, UpdateHeader } from '../contract/messages.ts';
import { parseAssignmentId } from './assignmentId.ts';
import { measureDelta, stepsFault, type Fault, type SliceNorm } from './checkUpdate.ts';
import type { FederationEvent, UpdateOutcome } from './events.ts';
import { closeLease } from './leases.ts';
import { countedSamples, countedSteps } from './policies/boundedClaims.ts';
import { ownTime, pushTurn } from './policies/expectedTime.ts';
import { ownScale, pushNorm } from './policies/normWindow.ts';
import { countTurns, pushRecent } from './policies/seldomWeight.ts';
import { enqueueReady } from './presence.ts';
import { countRefusal } from './refusals.ts';
import { keepTempo, noteFutile } from './rest.ts';
import { noteTrained } from './rotation.ts';
import { reviseChoice } from './schemeChoice.ts';
import { slicesOf } from './slices.ts';
import type { ClosedAssignment, CoordinatorContext, DeviceRecord, OpenAssignment } from './state.ts';
import { rulesOf } from './triggers.ts';

interface Upload {
  readonly deviceId: string;
  readonly header: UpdateHeader;
  readonly delta: ArrayBufferView;
}

/** Answers the upload; afterwards its device, unless it holds another assignment, waits for work. */
export function takeUpdate(context: CoordinatorContext, { deviceId, header, delta }: Upload): void {
  settleUpload(context, 'answerUpdate', deviceId, header, (device) => judge(context, device, header, delta));
}

/** An update that was refused when it came, or had come before: without its delta it leads to what it led to then. */
export function repeatRefusal(
  context: CoordinatorContext,
  event: Extract<FederationEvent, { kind: 'updateRefused' }>,
): void {
  const { deviceId, assignmentId, fault } = event;
  settleUpload(context, 'answerUpdate', deviceId, event, (device) => {
    const assignment = claimAssignment(context, device, assignmentId);
    if ('accepted' in assignment) return assignment;
    if (!fault)
      throw new Error(`internal: ${assignmentId} is open, and its update was said to be a repetition`);
    return refuseWork(context, device, assignment, fault);
  });
}

/** Answers what `judge` says of it, and puts the device among those that wait for work. */
export function settleUpload(
  context: CoordinatorContext,
  kind: 'answerUpdate' | 'answerProbe',
  deviceId: string,
  header: Holding & { readonly assignmentId: string },
  judge: (device: DeviceRecord) => UpdateOutcome,
): void {
  const { state, effects } = context;
  const device = state.devices.get(deviceId);
  const outcome = device
    ? judge(device)
    : refusal(context, { code: 'outOfOrder', message: 'a device joins before it sends what it has done' });
  if (!outcome.accepted) {
    countRefusal(state, outcome.code);
    if (device) device.refused++;
    if (outcome.code === 'notFinite' || outcome.code === 'tooLarge') state.divergedInARow++;
  } else if (!outcome.duplicate) {
    state.divergedInARow = 0;
  }
  effects.push({ kind, deviceId, assignmentId: header.assignmentId, outcome });
  if (device) enqueueReady(context, device, header);
}

/** The device says that the work at hand diverged. Who has none says so in vain. */
export function noteDiverged({ state }: CoordinatorContext, deviceId: string): void {
  if (state.devices.get(deviceId)?.open != null) state.divergedInARow++;
}

/** The device's open assignment of that name, or the answer where it has none. */
export function claimAssignment(
  context: CoordinatorContext,
  device: DeviceRecord,
  assignmentId: string,
): OpenAssignment | UpdateOutcome {
  const { state, config } = context;
  const number = parseAssignmentId(config.id, assignmentId, state.nextAssignment);
  if (number === null)
    return refusal(context, { code: 'unknownAssignment', message: 'no such assignment was ever given' });
  const assignment = state.assignments.get(number);
  if (!assignment) return answerOfClosed(context, device, number);
  return assignment.deviceId === device.deviceId ? assignment : foreign(context);
}

function judge(
  context: CoordinatorContext,
  device: DeviceRecord,
  header: UpdateHeader,
  delta: ArrayBufferView,
): UpdateOutcome {
  const { state } = context;
  const assignment = claimAssignment(context, device, header.assignmentId);
  if ('accepted' in assignment) return assignment;
  const { number } = assignment;
  const staleness = state.version - assignment.baseVersion;
  const sound = soundness(context, device, assignment, staleness, header, delta);
  if ('code' in sound) return refuseWork(context, device, assignment, sound);
  noteAnswered(context, device, assignment);
  closeLease(state, device, { number, end: 'accepted', version: state.version, staleness });
  buffer(context, device, assignment, sound.norms, header, sound.delta, delta);
  const samples = countedSamples(header.samples, device.dealtSamples, state.usualSamples);
  noteTrained(context, assignment, samples, sound.norms);
  noteAccepted(context, device, staleness, header);
  if (device.updatesInBudget === 1) reviseChoice(context);
  return { accepted: true, duplicate: false, version: state.version, staleness };
}

/** The device has done what it was given: that took it so long. */
export function noteAnswered(
  { state, config }: CoordinatorContext,
  device: DeviceRecord,
  assignment: OpenAssignment,
): void {
  const turnMs = state.nowMs - assignment.issuedAtMs;
  device.futile = 0;
  device.turnMs = ownTime(device.turnMs, turnMs);
  state.turnsMs = pushTurn(state.turnsMs, turnMs);
  keepTempo(device, config, assignment);
}

/** The assignment is over, and brought nothing. */
export function refuseWork(
  context: CoordinatorContext,
  device: DeviceRecord,
  assignment: OpenAssignment,
  { code, message }: Fault,
): UpdateOutcome {
  const { number } = assignment;
  keepTempo(device, context.config, assignment);
  if (code !== 'stale') noteFutile(context.state, device);
  closeLease(context.state, device, { number, end: 'refused', code, message });
  return refusal(context, { code, message });
}

function soundness(
  { state, config, model }: CoordinatorContext,
  { dealtSamples }: DeviceRecord,
  { scheme, probe, maxStaleness: whenGiven }: OpenAssignment,
  staleness: number,
  header: UpdateHeader,
  bytes: ArrayBufferView,
): { readonly delta: Delta; readonly norms: readonly SliceNorm[] } | Fault {
  const { clipMultiple } = config.strategy;
  const maxStaleness = Math.max(config.strategy.maxStaleness, whenGiven);
  if (probe) return { code: 'outOfOrder', message: 'the assignment is to be probed, not trained' };
  const { localWork } = config;
  const fault = stepsFault(header, localWork.maxSteps);
  if (fault) return fault;
  if (staleness > maxStaleness)
    return {
      code: 'stale',
      message: `the update is ${staleness} versions old, at most ${maxStaleness} count`,
    };
  const slices = slicesOf(model, scheme);
  const sizes = slices.map(({ size }) => size);
  const delta = decodeDelta(bytes, sizes, config.encoding.up);
  if ('code' in delta) return delta;
  const samples = countedSamples(header.samples, dealtSamples, state.usualSamples);
  const whole = state.blocks.map(({ values }) => values);
  const norms = measureDelta(delta, slices, {
    windows: state.norms,
    clipMultiple,
    steps: countedSteps(header.steps, samples, localWork),
    scaleOf: (tensor) => ownScale(whole[tensor]!, whole),
  });
  return 'code' in norms ? norms : { delta, norms };
}

/** An assignment that was given but is not open: its own device gets the answer of then, all others nothing of it. */
function answerOfClosed(context: CoordinatorContext, device: DeviceRecord, number: number): UpdateOutcome {
  const own = findClosed(device, number);
  switch (own?.end) {
    case 'accepted':
      context.state.duplicates++;
      return { accepted: true, duplicate: true, version: own.version, staleness: own.staleness };
    case 'refused':
      return refusal(context, own);
    case 'expired':
      return expired(context);
    case undefined:
      for (const other of context.state.devices.values())
        if (findClosed(other, number)) return foreign(context);
      return expired(context);
    default:
      throw new Error(`internal: ended assignment ${JSON.stringify(own)}`);
  }
}

function findClosed({ closed }: DeviceRecord, number: number): ClosedAssignment | undefined {
  return closed.find((assignment) => assignment.number === number);
}

function foreign(context: CoordinatorContext): UpdateOutcome {
  return refusal(context, { code: 'foreignAssignment', message: 'the assignment is of another device' });
}

function expired(context: CoordinatorContext): UpdateOutcome {
  return refusal(context, { code: 'leaseExpired', message: 'the assignment is over: its lease ended' });
}

export function refusal({ state }: CoordinatorContext, { code, message }: Fault): UpdateOutcome {
  return { accepted: false, code, message, version: state.version };
}

function buffer(
  { state, config }: CoordinatorContext,
  { deviceId, dealtSamples }: DeviceRecord,
  assignment: OpenAssignment,
  measured: readonly SliceNorm[],
  header: UpdateHeader,
  delta: Delta,
  bytes: ArrayBufferView,
): void {
  const { calibration, seldomWindow } = config.strategy;
  const norms = [...state.norms];
  for (const { tensor, norm } of measured) norms[tensor] = pushNorm(norms[tensor]!, deviceId, norm);
  state.norms = norms;
  rulesOf(config.strategy.trigger).beforeUpdate(state);
  state.recent = pushRecent(state.recent, deviceId, seldomWindow);
  state.buffer.push({
    deviceId,
    baseVersion: assignment.baseVersion,
    scheme: assignment.scheme,
    trainedShare: assignment.trainedShare,
    base: assignment.base,
    delta,
    scales: measured.map(({ scale }) => scale),
    steps: header.steps,
    samples: header.samples,
    dealtSamples,
    noise: header.noise,
    lossFirst: header.lossFirst,
    lossLast: header.lossLast,
    ...(seldomWindow > 0 && { turn: countTurns(state.recent, deviceId) }),
    // A copy: what came may lie in a larger buffer.
    ...(calibration.kind !== 'none' && { message: toByteView(bytes).slice() }),
  });
}

function noteAccepted(
  { state }: CoordinatorContext,
  device: DeviceRecord,
  staleness: number,
  header: UpdateHeader,
): void {
  const { stepMs, overruns, backend = '', deviceBytes, allocatedBytes, joinToFirstStepMs } = header;
  state.accepted++;
  device.updates++;
  device.updatesInBudget++;
  device.acceptedAt = state.accepted;
  device.claimedSamples = header.samples;
  device.lastStaleness = staleness;
  device.stalenessSum += staleness;
  device.report = { stepMs, overruns, backend, deviceBytes, allocatedBytes, joinToFirstStepMs };
}
