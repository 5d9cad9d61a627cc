// Takes in what a device has measured in a probe, or refuses it, as intake.ts does with updates.

import type { ProbeHeader } from '../../shared/contract/messages.ts';
import type { Fault } from './checkUpdate.ts';
import type { UpdateOutcome } from './events.ts';
import { isHeldList } from './holding.ts';
import { claimAssignment, noteAnswered, refuseWork, settleUpload } from './intake.ts';
import { closeLease } from './leases.ts';
import type { CoordinatorContext, DeviceState } from './state.ts';

/** No honest gradient is that large. */
const MAX_PRODUCT = 1e6;
/** Nobody counts for more samples. */
const MAX_SAMPLES = 10_000;

/** Answers it; afterwards its device, unless it holds another assignment, waits for work. */
export function takeProbe(
  context: CoordinatorContext,
  { deviceId, header }: { readonly deviceId: string; readonly header: ProbeHeader },
): void {
  settleUpload(context, 'answerProbe', deviceId, header, (device) => judge(context, device, header));
}

function judge(context: CoordinatorContext, device: DeviceState, header: ProbeHeader): UpdateOutcome {
  const { state, parameterSpecs, probePlanner } = context;
  const assignment = claimAssignment(context, device, header.assignmentId);
  if ('accepted' in assignment) return assignment;
  const { number, probe, baseVersion } = assignment;
  const fault: Fault | null = probe
    ? faultOf(header, parameterSpecs.length)
    : { code: 'outOfOrder', message: 'the assignment is to be trained, not probed' };
  if (fault) return refuseWork(context, device, assignment, fault);
  const staleness = state.version - baseVersion;
  noteAnswered(context, device, assignment);
  closeLease(state, device, { number, end: 'accepted', version: state.version, staleness });
  const { group, ratio } = probe!;
  const { product, samples } = header;
  state.reports = [
    ...state.reports,
    {
      group: probePlanner!.groups[group]!,
      ratio,
      product,
      samples: Math.min(samples, MAX_SAMPLES),
    },
  ];
  return { accepted: true, duplicate: false, version: state.version, staleness };
}

function faultOf({ product, samples, held }: ProbeHeader, numTensors: number): Fault | null {
  if (!Number.isFinite(product)) return { code: 'notFinite', message: `product is ${String(product)}` };
  if (Math.abs(product) > MAX_PRODUCT)
    return { code: 'tooLarge', message: `product must be within ${MAX_PRODUCT}, got ${product}` };
  if (!Number.isSafeInteger(samples) || samples < 2)
    return { code: 'malformed', message: `samples must be an integer >= 2, got ${String(samples)}` };
  if (!isHeldList(held, numTensors))
    return { code: 'malformed', message: `held must be ${numTensors} integers >= -1` };
  return null;
}
