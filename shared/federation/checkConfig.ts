// A run's configuration is checked once, before anything is built from it. Pure.

import { RUN_SETTINGS } from '../settings/runSettings.ts';
import { expectSettings } from '../settings/setting.ts';
import { leastConcurrency } from '../settings/trigger.ts';
import type { RunConfig } from './config.ts';

/** Throws RangeError naming the first field that cannot work. */
export function checkConfig(config: RunConfig): void {
  if (config.id === '') throw new RangeError('id must not be empty');
  expectSettings(RUN_SETTINGS, config);
  const { trigger, optimizer, form, calibration } = config.strategy;
  if (form === 'mixing' && optimizer.kind !== 'plain')
    throw new RangeError(`optimizer must be plain in the mixing form, got "${optimizer.kind}"`);
  if (form === 'mixing' && calibration.kind !== 'none')
    throw new RangeError(`calibration must be none in the mixing form, got "${calibration.kind}"`);
  const least = leastConcurrency(trigger);
  if (config.concurrency < least)
    throw new RangeError(
      `concurrency must be at least the ${trigger.kind} size ${least}, got ${config.concurrency}`,
    );
}
