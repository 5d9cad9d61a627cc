// Why a simulation got nowhere, in a sentence for people, with what would help. Pure.

import { formatByteSize } from '../byteSize.ts';
import type { RefusalCode } from '../contract/messages.ts';
import type { RunConfig } from '../federation/config.ts';
import type { CoordinatorStatus } from '../federation/status.ts';
import { stopReasonOf, type IdleCounts, type Standstill } from './progressWatch.ts';
import type { SimulationConfig } from './simulationConfig.ts';
import { firstAwaited } from '../settings/trigger.ts';

export interface Situation {
  readonly config: SimulationConfig;
  readonly run: RunConfig;
  readonly status: CoordinatorStatus;
  readonly idle: IdleCounts;
  /** Devices without memory for any part of the model, and the least that any of them would need. */
  readonly refused: { readonly devices: number; readonly smallestBudgetBytes: number };
  readonly target: number;
}

const REFUSAL_NAMES: Partial<Record<RefusalCode, string>> = {
  stale: 'too old',
  leaseExpired: 'after the end of their lease',
  notFinite: 'not finite',
  tooLarge: 'too large',
};

export function causeOf(standstill: Standstill, situation: Situation): string {
  const { config, run, status, target } = situation;
  const after = `after version ${status.version}`;
  switch (standstill.kind) {
    case 'failures':
      return stopReasonOf(standstill, situation.idle) === 'diverged'
        ? `the last ${standstill.count} updates diverged, ${after}: losses or deltas were not finite, or out of all proportion; try a smaller learning rate than ${run.localWork.learningRate} (--learning-rate)`
        : `the last ${standstill.count} updates came to nothing, ${after}: ${failuresOf(situation)}${adviceOf(situation)}`;
    case 'noUpdate':
      return `no update was accepted in ${Math.round(standstill.virtualSeconds)} virtual s, ${after}: ${waitedFor(situation)}`;
    case 'idleTurns':
      return `no update was accepted while ${standstill.turns} other things happened, ${after}: ${waitedFor(situation)}`;
    case 'nothingToCome':
      return `nothing is to come any more, ${after}: ${waitedFor(situation)}`;
    case 'frozenTime':
      return 'virtual time stands still: what devices do takes no time; give them a finite speed, or a latency';
    case 'bufferedBytes':
      return `${formatByteSize(standstill.bytes)} of updates wait for version ${status.version + 1}: a buffer of ${run.strategy.trigger.size} is too large for this model (--buffer)`;
    case 'evaluations':
      return `there were more evaluations than a simulation may have: one in ${config.evaluateEverySeconds} virtual s; try fewer (--evaluate-every-seconds)`;
    case 'updatesToTarget':
      return `${status.accepted} updates did not reach the target ${target}; say how many it may take (--updates), or a target nearer by (--target)`;
    default:
      return standstill satisfies never;
  }
}

function failuresOf({ idle }: Situation): string {
  const refused = Object.entries(idle.refusals).map(
    ([code, count]) => `${count} ${REFUSAL_NAMES[code as RefusalCode] ?? code}`,
  );
  return [...refused, ...(idle.diverged > 0 ? [`${idle.diverged} diverged`] : [])].join(', ');
}

function adviceOf({ idle, run }: Situation): string {
  const { stale = 0, leaseExpired = 0 } = idle.refusals;
  if (leaseExpired > stale) return `; a lease is ${run.leaseMs / 1000} s (leaseSeconds)`;
  return stale > 0 ? `; at most ${run.strategy.maxStaleness} versions count (maxStaleness)` : '';
}

/** What it was that did not come. */
function waitedFor(situation: Situation): string {
  const { config, run, status, refused, idle } = situation;
  const tooSmall =
    refused.devices > 0
      ? `${refused.devices} of ${config.devices} devices have no memory for any part of the model (${formatByteSize(refused.smallestBudgetBytes)} would do)`
      : '';
  if (refused.devices === config.devices) return tooSmall;
  const numReady = status.devices.filter(({ isReady }) => isReady).length;
  const awaited = firstAwaited(run.strategy.trigger);
  if (awaited > 0 && status.version === 0 && status.assignmentsOut === 0) {
    const waits = `the first cohort waits for ${awaited} devices at once, and ${numReady} of ${config.devices} are ready`;
    return tooSmall ? `${waits}; ${tooSmall}` : waits;
  }
  // A device that diverged gives its lease up.
  const numExpired = status.expired - idle.diverged;
  const parts = [
    ...(status.assignmentsOut > 0 ? [`${status.assignmentsOut} assignments are out`] : []),
    ...(numExpired > 0
      ? [`${numExpired} leases of ${run.leaseMs / 1000} s ended without an update (leaseSeconds)`]
      : []),
    ...(idle.interrupted > 0 ? [`${idle.interrupted} assignments were interrupted, as devices left`] : []),
    ...(failuresOf(situation) ? [`updates came to nothing: ${failuresOf(situation)}`] : []),
    ...(tooSmall ? [tooSmall] : []),
  ];
  return parts.length > 0 ? parts.join('; ') : `${numReady} of ${config.devices} devices are ready`;
}
