// Takes in what a device has measured in a probe, or refuses it, as intake.ts does with updates.

import type { ProbeHeader } from '../contract/messages.ts';
import type { Fault } from './checkUpdate.ts';
import type { UpdateOutcome } from './events.ts';
import { claimAssignment, noteAnswered, refuseWork, settleUpload } from './intake.ts';
import { closeLease } from './leases.ts';
import type { CoordinatorContext, DeviceRecord } from './state.ts';

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

function judge(context: CoordinatorContext, device: DeviceRecord, header: ProbeHeader): UpdateOutcome {
  const { state, probePlanner } = context;
  const assignment = claimAssignment(context, device, header.assignmentId);
  if ('accepted' in assignment) return assignment;
  const { number, probe, baseVersion } = assignment;
  const fault: Fault | null = probe
    ? productFault(header)
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

function productFault({ product }: ProbeHeader): Fault | null {
  if (Math.abs(product) <= MAX_PRODUCT) return null;
  return { code: 'tooLarge', message: `product must be within ${MAX_PRODUCT}, got ${product}` };
}
