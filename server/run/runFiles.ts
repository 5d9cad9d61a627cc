// The files that a run leaves for people and other programs, beside its journal: settings, devices, model and score chart.
// Does not know when each is due.

import { numParameters, parametersOf } from '../../shared/engine/model.ts';
import type { RunStatus } from '../../shared/contract/status.ts';
import type { TaskDefinition } from '../../shared/tasks/task.ts';
import type { Coordinator } from '../../shared/federation/coordinator.ts';
import { runSettingsOf } from '../../shared/federation/settings.ts';
import type { RunStore } from '../store/runStore.ts';
import type { Evaluation } from '../store/keptLines.ts';
import { encodeSafetensors } from '../store/safetensors.ts';
import { drawScoreChart } from '../store/scoreChart.ts';

/** Each writes things as they stand, in place of what it wrote before. */
export interface RunFiles {
  /** `config.json` says how the run began, which a replay needs; `settings.json`, how it stands. */
  writeSettings(): void;
  /** `devices.jsonl` */
  writeDevices(): void;
  /** `model.safetensors`, and the metric's chart. */
  writeModel(): void;
}

export interface RunFilesParts {
  readonly store: Pick<RunStore, 'writeFile'>;
  readonly coordinator: Coordinator;
  readonly task: TaskDefinition;
  /** Grows. */
  readonly evaluations: readonly Evaluation[];
  readonly status: () => RunStatus;
}

export function createRunFiles({ store, coordinator, task, evaluations, status }: RunFilesParts): RunFiles {
  const { model, metric } = task;
  return {
    writeSettings() {
      const settings = { version: coordinator.version, ...runSettingsOf(coordinator.config) };
      store.writeFile('settings.json', `${JSON.stringify(settings, null, 2)}\n`);
    },
    writeDevices() {
      const { devices } = coordinator.status();
      const machines = new Map(devices.map(({ deviceId, device }) => [deviceId, device]));
      const lines = status().devices.map((device) => {
        const { browser = '', cores = 0 } = machines.get(device.deviceId) ?? {};
        return `${JSON.stringify({ ...device, browser, cores })}\n`;
      });
      store.writeFile('devices.jsonl', lines.join(''));
    },
    writeModel() {
      const { config, parameters, version } = coordinator;
      const metadata = { run: config.id, task: task.id, version: String(version) };
      store.writeFile('model.safetensors', encodeSafetensors(parametersOf(model), parameters, metadata));
      const chart = drawScoreChart({
        title: `${task.title} (${numParameters(model)} parameters), ${config.strategy.name}`,
        metric,
        evaluations,
        target: task.target,
      });
      store.writeFile(`${metric}.svg`, chart);
    },
  };
}
