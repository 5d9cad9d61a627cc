// Does the simulator say what real tabs do? The same configuration in both: updates of each profile over the same time, and
// accuracy after as many updates.

import type { SimulationConfig } from '../../shared/simulate/simulationConfig.ts';
import type { ComputePool } from '../../server/simulate/pool/computePool.ts';
import { simulate } from '../../server/simulate/simulate.ts';
import type { RunStatus } from '../../shared/contract/status.ts';
import { runTabs, type RunTabsOptions } from './runTabs.ts';

export interface FidelityResult {
  readonly seed: number;
  /** Compared, after everything had come into swing. */
  readonly seconds: number;
  readonly profiles: readonly {
    readonly profile: string;
    readonly tabs: number;
    readonly realUpdates: number;
    readonly simulatedUpdates: number;
    /** Simulated relative to real, minus 1. */
    readonly difference: number;
  }[];
  readonly updates: number;
  readonly realAccuracy: number;
  readonly simulatedAccuracy: number;
  /** 100 x (simulated - real). */
  readonly accuracyPoints: number;
  /** Local steps that took longer in the tabs than their pace allows, of all. */
  readonly overrunShare: number;
}

/** Virtual time in which first assignments arrive. */
const WARM_UP_SECONDS = 30;

export async function measureFidelity(
  config: SimulationConfig,
  seconds: number,
  pool: ComputePool,
  options: Omit<RunTabsOptions, 'isDone'>,
): Promise<FidelityResult> {
  let before: { readonly run: RunStatus; readonly atSeconds: number } | null = null;
  let openSeconds: number | null = null;
  const last = await runTabs(config, {
    ...options,
    isDone: ({ run, areAllOpen, seconds: at }) => {
      if (!areAllOpen) return false;
      openSeconds ??= at;
      if (before === null && at >= openSeconds + WARM_UP_SECONDS) before = { run, atSeconds: at };
      return before !== null && at >= before.atSeconds + seconds && run.accuracyVersion === run.version;
    },
  });
  const { run, atSeconds } = before!;
  const measuredSeconds = last.seconds - atSeconds;
  const real = updatesByProfile(last.run);
  const earlier = updatesByProfile(run);

  const { dataDir, open } = options;
  const simulated = async (stop: SimulationConfig['stop']) =>
    simulate({ ...config, stop }, { pool, dataDir, ...(open && { open }), signal: options.signal });
  const start = await simulated({ virtualSeconds: WARM_UP_SECONDS, untilTarget: false });
  const end = await simulated({ virtualSeconds: WARM_UP_SECONDS + measuredSeconds, untilTarget: false });
  const alike = await simulated({ updates: last.run.accepted, untilTarget: false });
  const steps = last.run.devices.reduce((sum, { updates }) => sum + updates, 0);
  return {
    seed: config.seed,
    seconds: measuredSeconds,
    profiles: config.world.classes.map(({ name: profile }) => {
      const realUpdates = (real.get(profile) ?? 0) - (earlier.get(profile) ?? 0);
      const simulatedUpdates = (end.byClass[profile]?.updates ?? 0) - (start.byClass[profile]?.updates ?? 0);
      const tabs = last.run.devices.filter((device) => device.profile === profile).length;
      return { profile, tabs, realUpdates, simulatedUpdates, difference: simulatedUpdates / realUpdates - 1 };
    }),
    updates: last.run.accepted,
    realAccuracy: last.run.accuracy,
    simulatedAccuracy: alike.finalAccuracy,
    accuracyPoints: 100 * (alike.finalAccuracy - last.run.accuracy),
    overrunShare: last.run.devices.reduce((sum, { overruns }) => sum + overruns, 0) / Math.max(1, steps),
  };
}

function updatesByProfile({ devices }: RunStatus): Map<string, number> {
  const updates = new Map<string, number>();
  for (const device of devices)
    updates.set(device.profile, (updates.get(device.profile) ?? 0) + device.updates);
  return updates;
}
