// The settings of a run as it begins, and its configuration with other ones. Pure.

import type { RunConfig, RunSettings } from './config.ts';

export function runSettingsOf({ strategy, subset, localWork }: RunConfig): RunSettings {
  return { strategy, subset, learningRate: localWork.learningRate };
}

export function withSettings(config: RunConfig, { strategy, subset, learningRate }: RunSettings): RunConfig {
  return { ...config, strategy, subset, localWork: { ...config.localWork, learningRate } };
}
