// What a run searches schemes with: samples of its own, or what devices tell of theirs.

import { uploadOf } from '../../shared/contract/deltaBytes.ts';
import type { Parameters } from '../../shared/engine/model.ts';
import type { RunConfig } from '../../shared/federation/config.ts';
import { createProbePlanner } from '../../shared/selection/createProbePlanner.ts';
import type { PublicSet } from '../../shared/selection/publicSet.ts';
import { USUAL_PROBES } from '../../shared/settings/forms.ts';
import type { TaskDefinition } from '../../shared/tasks/task.ts';
import { createSchemeFinder } from '../search/schemeFinder.ts';
import type { LiveRunOptions } from './liveRunOptions.ts';

/**
 * Where nothing is said, contributions are measured by the server, or by the devices where it has too few samples. Throws
 * RangeError where they cannot be measured as is said.
 */
export function withContributions(config: RunConfig, hasPublicSet: boolean): RunConfig {
  if (config.contributions.kind === 'publicSet' && !hasPublicSet)
    throw new RangeError(
      `contributions must be probes: the server has too few samples of task "${config.task}" for a public set`,
    );
  return config.contributions.kind !== 'usual' || hasPublicSet
    ? config
    : { ...config, contributions: USUAL_PROBES };
}

/** Idle where everything is trained. */
export function searchOf(
  { seed, contributions, encoding: { up }, localWork: { batch, learningRate } }: RunConfig,
  { model, scale, offset }: TaskDefinition,
  publicSet: PublicSet | null,
  start?: Parameters,
): Pick<LiveRunOptions, 'schemeFinder' | 'probePlanner'> {
  const setup = { model, batch, up, learningRate, seed, staging: { scale, offset }, start };
  if (contributions.kind !== 'probes')
    return { schemeFinder: createSchemeFinder({ setup: { ...setup, publicSet } }) };
  return {
    schemeFinder: createSchemeFinder({ setup: { ...setup, publicSet: null } }),
    probePlanner: createProbePlanner(model, batch, uploadOf(up)),
  };
}
