// What whoever steers has of a live run, and of what it made.

import { checkConfig } from '../../shared/federation/checkConfig.ts';
import type { RunConfig, RunSettings } from '../../shared/federation/config.ts';
import { withSettings } from '../../shared/federation/settings.ts';
import type { Outlet } from './outlet.ts';
import type { RunEnding } from './runEnding.ts';
import type { RunEvents } from './runEvents.ts';
import type { RunFacts } from './runFacts.ts';
import type { RunFigures } from './runFigures.ts';
import type { RunFiles } from './runFiles.ts';
import type { RunForDevices } from './runForDevices.ts';

export interface RunForAdmin
  extends RunFacts, RunFigures, Pick<RunForDevices, 'isKnown'>, Pick<RunEnding, 'end'> {
  readonly folder: string;
  /** From now on the run goes by these; resolves when that is durable. Throws RangeError for what cannot work. */
  changeSettings(settings: RunSettings): Promise<void>;
  /** The device's budget narrows nobody from now on, or may again; resolves when that is durable. */
  exemptDevice(deviceId: string, isExempt: boolean): Promise<void>;
  /** Takes its place from the device, which is told so; its session is void. */
  removeDevice(deviceId: string): Promise<void>;
}

export interface AdminSideOptions {
  /** As the run began. */
  readonly config: RunConfig;
  readonly submit: RunEvents['submit'];
  readonly outlet: Pick<Outlet, 'removed' | 'refused'>;
  readonly files: Pick<RunFiles, 'writeSettings'>;
}

type AdminSide = Pick<RunForAdmin, 'changeSettings' | 'exemptDevice' | 'removeDevice'>;

export function createAdminSide({ config, submit, outlet, files }: AdminSideOptions): AdminSide {
  return {
    async changeSettings(settings) {
      checkConfig(withSettings(config, settings));
      await submit({ kind: 'settingsChanged', settings }, (effects) => {
        files.writeSettings();
        for (const effect of effects)
          if (effect.kind === 'refuseDevice') outlet.refused(effect.deviceId, effect.smallestBudgetBytes);
      });
    },
    exemptDevice: (deviceId, isExempt) => submit({ kind: 'deviceExempted', deviceId, isExempt }),
    removeDevice: (deviceId) => submit({ kind: 'deviceRemoved', deviceId }, () => outlet.removed(deviceId)),
  };
}
