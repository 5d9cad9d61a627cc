// The settings that may change while a run goes on. Pure.

import { RUN_SETTINGS } from './runSettings.ts';
import type { WrittenIn } from './setting.ts';

const { strategy, subset, localWork } = RUN_SETTINGS;

export const LIVE_SETTINGS = {
  strategy,
  subset,
  localWork: { learningRate: localWork.learningRate },
};

/** As on the command line. Undefined: as it is. */
export interface SettingsChange extends WrittenIn<typeof LIVE_SETTINGS> {
  /** A preset. */
  readonly strategy?: string | undefined;
}
