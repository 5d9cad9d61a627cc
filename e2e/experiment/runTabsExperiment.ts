// The experiments in real tabs, from their file to their results folder.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatByteSize } from '../../shared/byteSize.ts';
import { cellsOf } from '../../server/experiment/cells.ts';
import type { Experiment } from '../../server/experiment/experimentSchema.ts';
import type { TaskOpener } from '../../server/data/openTask.ts';
import { createComputePool } from '../../server/simulate/pool/computePool.ts';
import { parseWorld } from '../../shared/simulate/world.ts';
import { parseProfiles } from '../fleet/deviceProfile.ts';
import { measureFidelity, type FidelityResult } from './fidelity.ts';
import { measureTimeToTarget, type TabsResult } from './timeToTarget.ts';

export interface TabsExperimentOptions {
  readonly experiment: Experiment;
  /** Content of the file of device profiles. */
  readonly profiles: unknown;
  readonly codeVersion: string;
  readonly resultsFolder: string;
  readonly command: string;
  readonly dataDir: string;
  /** Opens the tasks; files are relative to the experiment's. */
  readonly open: TaskOpener;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** What came of it, configuration by configuration and seed by seed. Real time makes no two runs alike: nothing is kept. */
export async function runTabsExperiment(
  options: TabsExperimentOptions,
): Promise<readonly (FidelityResult | TabsResult)[]> {
  const { experiment, codeVersion, dataDir, open, signal, log } = options;
  const { kind, seconds } = experiment;
  if (seconds === undefined)
    throw new TypeError(`experiment: seconds must be given for kind "${kind}", got nothing`);
  const profiles = parseProfiles(options.profiles);
  const cells = await cellsOf(experiment, parseWorld(options.profiles), codeVersion, open);
  const runs = { profiles, dataDir, signal, open };
  log(
    `${cells.length} runs in ${cells[0]!.input.devices} tabs; at most about ${minutesOf(cells.length * seconds)}`,
  );
  const results: (FidelityResult | TabsResult)[] = [];
  const lines: string[] = [];
  const pool = createComputePool();
  try {
    for (const { config, input, ownTask } of cells) {
      if (kind === 'fidelity') {
        const result = await measureFidelity(input, seconds, pool, { ...runs, ownTask });
        results.push(result);
        lines.push(...fidelityLines(labelOf(config), result));
      } else {
        const result = await measureTimeToTarget(input, config, seconds, { ...runs, ownTask });
        results.push(result);
        lines.push(targetLine(labelOf(config), result));
      }
      log(JSON.stringify(results.at(-1)));
    }
  } finally {
    await pool.close();
  }
  mkdirSync(options.resultsFolder, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(options.resultsFolder, name), text);
  write('result.json', `${JSON.stringify(results, null, 1)}\n`);
  write(
    'config.json',
    `${JSON.stringify({ codeVersion, experiment, profiles: options.profiles }, null, 1)}\n`,
  );
  write('README.md', markdownOf(options, lines));
  return results;

  function labelOf(name: string): string {
    return experiment.configs.find((config) => config.name === name)!.label;
  }
}

function markdownOf(
  { experiment, command, codeVersion }: TabsExperimentOptions,
  lines: readonly string[],
): string {
  return [
    `# ${experiment.title}`,
    '',
    ...experiment.about.flatMap((line) => [line, '']),
    `    ${command}`,
    '',
    `Code version ${codeVersion}; the exact configuration is in [config.json](config.json), all figures in [result.json](result.json).`,
    '',
    ...(experiment.kind === 'browsers' ? [TARGET_HEAD, rule(TARGET_HEAD)] : []),
    ...lines,
    '',
  ].join('\n');
}

const TARGET_HEAD =
  '| | seed | seconds to target | accuracy at the end | seconds | versions | updates | of slow tabs | device bytes | payload |';
const FIDELITY_HEAD = '| profile | tabs | updates, real | updates, simulated | difference |';

function rule(head: string): string {
  return head.replaceAll(/[^|]+/g, ' --- ');
}

function targetLine(label: string, result: TabsResult): string {
  const cells = [
    label,
    result.seed,
    result.timeToTarget === null ? 'missed' : result.timeToTarget.toFixed(1),
    percent(result.finalAccuracy),
    result.seconds.toFixed(1),
    result.versions,
    result.updates,
    percent(result.stragglerUpdateShare),
    formatByteSize(Math.round(result.deviceBytes)),
    formatByteSize(result.payloadBytes),
  ];
  return `| ${cells.join(' | ')} |`;
}

function fidelityLines(label: string, result: FidelityResult): string[] {
  return [
    '',
    `## ${label}, seed ${result.seed}, ${result.seconds.toFixed(0)} s`,
    '',
    FIDELITY_HEAD,
    rule(FIDELITY_HEAD),
    ...result.profiles.map(
      ({ profile, tabs, realUpdates, simulatedUpdates, difference }) =>
        `| ${profile} | ${tabs} | ${realUpdates} | ${simulatedUpdates} | ${(100 * difference).toFixed(1)} % |`,
    ),
    '',
    `Accuracy on test data after ${result.updates} updates: ${percent(result.realAccuracy)} in tabs, ${percent(result.simulatedAccuracy)} simulated (${result.accuracyPoints.toFixed(2)} points). Steps that overran their pace, per update: ${result.overrunShare.toFixed(2)}.`,
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function minutesOf(seconds: number): string {
  return `${Math.ceil(seconds / 60)} min`;
}
