// A run's status as anybody may read it: what a device calls itself is free text to whoever writes a link, and not told on.

import { deviceName } from '../../shared/deviceName.ts';
import type { ServerStatus } from '../../shared/contract/status.ts';
import { isKnownBackend } from './dashboard/describeDashboard.ts';

export function withoutNames({ runs }: ServerStatus): ServerStatus {
  return {
    runs: runs.map((run) => ({
      ...run,
      devices: run.devices.map((device) => ({
        ...device,
        name: deviceName(device.deviceId),
        profile: '',
        backend: isKnownBackend(device.backend) ? device.backend : '',
      })),
    })),
  };
}
