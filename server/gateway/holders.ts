// Which connection speaks for which device of which run, so that what a run tells a device finds it. Knows nothing of sockets.

import { createRefusal } from '../../shared/contract/protocolError.ts';
import type { Refusal } from '../../shared/contract/messages.ts';
import type { DeviceConnection, DeviceDirectory } from './deviceConnection.ts';
import type { RunEnd } from '../run/outlet.ts';
import type { RunForDevices } from '../run/runForDevices.ts';
import type { Steering } from '../run/steering.ts';

export interface Holders extends Pick<DeviceDirectory, 'claim' | 'holds' | 'release'> {
  /** Leads what the run and its steering tell to the devices that they tell it to. */
  attach(run: RunForDevices, steering: Steering): void;
}

export function createHolders(): Holders {
  const holders = new Map<string, DeviceConnection>();

  return {
    claim(run, deviceId, connection) {
      const holder = holders.get(keyOf(run, deviceId));
      holders.set(keyOf(run, deviceId), connection);
      if (holder === undefined) return;
      run.countRefusal('superseded');
      holder.end(createRefusal('superseded', 'another connection has taken over this session'));
    },
    holds: (run, deviceId, connection) => holders.get(keyOf(run, deviceId)) === connection,
    release(run, deviceId, connection) {
      if (holders.get(keyOf(run, deviceId)) === connection) holders.delete(keyOf(run, deviceId));
    },
    attach(run, steering) {
      const prefix = keyOf(run, '');
      const connected = (): string[] =>
        [...holders.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
      /** A fault in what is told to one device costs that one alone. */
      const tell = (deviceId: string, what: (connection: DeviceConnection) => void): void => {
        const holder = holders.get(keyOf(run, deviceId));
        try {
          if (holder) what(holder);
        } catch (error) {
          holder!.fault(error);
        }
      };
      run.attach({
        assign: (order) => tell(order.deviceId, (holder) => holder.assign(order)),
        ended(end) {
          const refusal = endRefusal(end, run.config.id);
          for (const deviceId of connected()) tell(deviceId, (holder) => holder.end(refusal));
        },
        removed: (deviceId) =>
          tell(deviceId, (holder) =>
            holder.end(createRefusal('removed', 'whoever runs this has removed this device')),
          ),
        refused: (deviceId, smallestBudgetBytes) =>
          tell(deviceId, (holder) =>
            holder.end(
              createRefusal('budgetTooSmall', 'the run now trains what does not fit into this budget', {
                smallestBudgetBytes,
              }),
            ),
          ),
      });
      steering.attach({
        connected,
        tell: (deviceId, pace) => tell(deviceId, (holder) => holder.pace(pace)),
      });
    },
  };
}

function endRefusal(end: RunEnd, id: string): Refusal {
  switch (end) {
    case 'runEnded':
      return createRefusal(end, `run "${id}" has ended`);
    case 'moved':
      return createRefusal(end, `another run has taken the place of "${id}"; join anew without a token`);
    default:
      return end satisfies never;
  }
}

function keyOf(run: RunForDevices, deviceId: string): string {
  return `${run.config.id}/${deviceId}`;
}
