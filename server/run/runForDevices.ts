// What devices' connections have of a live run: who is known, what is dealt, where events go and assignments come from.

import type { UpdateScheme } from '../../shared/engine/scheme.ts';
import type { RefusalCode } from '../../shared/contract/messages.ts';
import type { Coordinator } from '../../shared/federation/coordinator.ts';
import type { BlockOrder } from '../../shared/federation/events.ts';
import { wayIn } from '../../shared/federation/subnetworkChoice.ts';
import type { Dataset } from '../../shared/tasks/task.ts';
import type { DurableCoordinator } from '../store/durableCoordinator.ts';
import { createBlockEncoder } from './blockEncoder.ts';
import type { LiveRunOptions } from './liveRunOptions.ts';
import type { Outlet } from './outlet.ts';
import type { RefusalCounts } from './refusalCounts.ts';
import type { RunEvents } from './runEvents.ts';
import type { RunFacts } from './runFacts.ts';

export interface RunForDevices extends RunFacts, Pick<Outlet, 'attach'>, Pick<RunEvents, 'submit'> {
  /** Newest held-out score, -1 before the first evaluation. */
  readonly score: number;
  /** The bytes of a block of an assignment of this scheme; encoded once for all devices that get the same. */
  encodeBlock(block: BlockOrder, scheme: UpdateScheme): Uint8Array;
  isKnown(deviceId: string): boolean;
  isRemoved(deviceId: string): boolean;
  /** Whether a device of this budget can take part. */
  hasPartFor(budgetBytes: number): boolean;
  openAssignment(deviceId: string): string;
  /** Who takes part, by kind. */
  readonly census: Coordinator['census'];
  numConnected(): number;
  /** The demo shard of a device that has joined or joins next; `dataSeed` -1: by the order of joining. */
  shardOf(deviceId: string, dataSeed: number): Dataset;
  /** Counts a refusal that never reached the coordinator. */
  countRefusal(code: RefusalCode): void;
  /** Somebody has left: `devices.jsonl` is written soon, once for all who do meanwhile. */
  noteDeparture(): void;
}

export interface DeviceSideOptions extends Pick<LiveRunOptions, 'task' | 'selectScheme' | 'shards'> {
  readonly durable: Pick<DurableCoordinator, 'coordinator' | 'ledger'>;
  /** Counted into. */
  readonly refusals: RefusalCounts;
}

type DeviceSide = Omit<RunForDevices, keyof RunFacts | 'attach' | 'submit' | 'score' | 'noteDeparture'>;

export function createDeviceSide(options: DeviceSideOptions): DeviceSide {
  const { durable, task, selectScheme, shards, refusals } = options;
  const { coordinator, ledger } = durable;
  return {
    encodeBlock: createBlockEncoder(task.model),
    isKnown(deviceId) {
      const account = ledger.devices.get(deviceId);
      return account !== undefined && !account.isForgotten;
    },
    isRemoved: (deviceId) => ledger.devices.get(deviceId)?.isRemoved ?? false,
    hasPartFor: (budgetBytes) =>
      !('smallestBudgetBytes' in wayIn({ config: coordinator.config, selectScheme }, budgetBytes)),
    openAssignment: (deviceId) => coordinator.openAssignment(deviceId),
    census: coordinator.census,
    numConnected: () => coordinator.connectedDevices().length,
    shardOf(deviceId, dataSeed) {
      // One that is about to join for the first time will be the next.
      const index = dataSeed >= 0 ? dataSeed : (ledger.devices.get(deviceId)?.index ?? ledger.devices.size);
      return shards[index % shards.length]!;
    },
    countRefusal(code) {
      refusals[code] = (refusals[code] ?? 0) + 1;
    },
  };
}
