// `npm run demo`: a server and twelve throttled tabs of three profiles bring digits to its target within three minutes.
// The sensors could not hold the whole model; two of the tabs are eight times slower than their kind.

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { numParameters } from '../shared/engine/model.ts';
import { formatByteSize } from '../shared/byteSize.ts';
import { findTask } from '../shared/tasks/tasks.ts';
import type { RunStatus } from '../shared/contract/status.ts';
import type { DealingPlan } from '../shared/tasks/task.ts';
import type { RunConfig } from '../shared/federation/config.ts';
import { expectOutputFile } from '../server/commands/outputFile.ts';
import { flagsToRun } from '../shared/settings/runSetup.ts';
import { addSettingFlags, settingsOfFlags, type SettingFlags } from '../server/settings/flags.ts';
import { startServer } from '../server/startServer.ts';
import type { RunningServer } from '../server/startServer.ts';
import { parseProfiles } from './fleet/deviceProfile.ts';
import { reportDevices, tableOfDevices } from './fleet/deviceReport.ts';
import { openFleet } from './fleet/fleet.ts';
import type { Fleet } from './fleet/fleet.ts';
import { createInterruption, pause } from './fleet/interruption.ts';
import { planTabs } from './fleet/planTabs.ts';
import type { TabPlan } from './fleet/planTabs.ts';
import { createProgressLine } from './fleet/progressLine.ts';

interface Options extends SettingFlags {
  readonly json?: string;
}

const NUM_TABS = 12;
const LIMIT_MS = 180_000;
const POLL_MS = 500;
/** Float32 down and up. */
const FEDAVG_BYTES_PER_PARAMETER = 8;
const PROFILES = new URL('./profiles/demo.json', import.meta.url);
const RUNS_DIR = fileURLToPath(new URL('../runs', import.meta.url));

/** What the demo says where nobody does. */
const USUAL = {
  task: 'digits',
  concurrency: NUM_TABS,
  graceSeconds: 20,
  leaseSeconds: 120,
  deal: 'iid',
  shards: 20,
  samplesPerShard: 600,
} as const;

function demoRun(flags: SettingFlags): { readonly config: RunConfig; readonly data: DealingPlan } {
  const id = `demo-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}`;
  return flagsToRun(id, { ...USUAL, ...flags }, null);
}

const USUAL_WORDS = Object.fromEntries(Object.entries(USUAL).map(([name, value]) => [name, String(value)]));

/** What still has to happen; empty when the demo has shown all that it promises. */
function missingOf(run: RunStatus, plans: readonly TabPlan[]): string[] {
  const updatesOf = (name: string): number =>
    run.devices.filter((device) => device.name === name).reduce((sum, device) => sum + device.updates, 0);
  const missing: string[] = [];
  if (run.accuracy < run.target) missing.push(`accuracy ${percent(run.target)}`);
  for (const profile of new Set(plans.map((plan) => plan.profile.name))) {
    const ofProfile = plans.filter((plan) => plan.profile.name === profile);
    if (ofProfile.every((plan) => updatesOf(plan.name) === 0)) missing.push(`an update of a ${profile}`);
  }
  for (const plan of plans) {
    if (plan.stragglerFactor > 1 && updatesOf(plan.name) === 0)
      missing.push(`an update of straggler ${plan.name}`);
  }
  return missing;
}

/** `5 phone (2.00 MiB), ...; 8x slower: phone-5`. */
function describeTabs(plans: readonly TabPlan[]): string {
  const profiles = [...new Set(plans.map((plan) => plan.profile))].map((profile) => {
    const count = plans.filter((plan) => plan.profile === profile).length;
    return `${count} ${profile.name} (${formatByteSize(profile.budgetBytes)})`;
  });
  const stragglers = plans.filter((plan) => plan.stragglerFactor > 1);
  const slow = stragglers.map((plan) => `${plan.name} (${plan.stragglerFactor}x slower)`);
  return `${plans.length} tabs by memory budget: ${profiles.join(', ')}; stragglers: ${slow.join(', ')}`;
}

function percent(share: number): string {
  return share < 0 ? '-' : `${(100 * share).toFixed(1)} %`;
}

function lineOf(run: RunStatus, numOpen: number, startMs: number): string {
  const seconds = Math.round((performance.now() - startMs) / 1000);
  return `${seconds} s · ${numOpen}/${NUM_TABS} tabs · accuracy ${percent(run.accuracy)} (target ${percent(run.target)}) · version ${run.version} · ${run.accepted} updates`;
}

/** Opens the tabs and follows the run until nothing is missing, the time is up or somebody interrupts. */
async function train(
  server: RunningServer,
  plans: readonly TabPlan[],
  startMs: number,
  interruption: AbortSignal,
): Promise<{ run: RunStatus; seconds: number; missing: string[] }> {
  const line = createProgressLine();
  const status = (): RunStatus => server.status().runs[0]!;
  let numOpen = 0;
  let fleet: Fleet | undefined;
  let opening: unknown;
  const opened = openFleet({
    server: server.url,
    run: '',
    plans,
    signal: interruption,
    onOpened: (count) => (numOpen = count),
  }).then(
    (result) => (fleet = result),
    (error: unknown) => (opening = error),
  );
  try {
    for (;;) {
      await pause(POLL_MS, interruption);
      const run = status();
      line.show(lineOf(run, numOpen, startMs));
      const missing = missingOf(run, plans);
      const elapsedMs = performance.now() - startMs;
      if (opening && !interruption.aborted) throw opening;
      if (missing.length === 0 || elapsedMs > LIMIT_MS || interruption.aborted) {
        return { run, seconds: Math.round(elapsedMs / 100) / 10, missing };
      }
    }
  } finally {
    line.end();
    await opened;
    await fleet?.close();
  }
}

async function main(options: Options): Promise<number> {
  expectOutputFile('--json', options.json);
  const startMs = performance.now();
  const interruption = createInterruption();
  const plans = planTabs(parseProfiles(JSON.parse(readFileSync(PROFILES, 'utf8'))), NUM_TABS);
  const { config, data } = demoRun(settingsOfFlags({ ...options }));
  const server = await startServer({
    runs: [config],
    runsDir: RUNS_DIR,
    host: '127.0.0.1',
    allowsNames: true,
    ...data,
    evaluateEveryMs: 1000,
  });
  console.error(
    `${describeTabs(plans)}\nJoin in with a browser: ${server.url}\nWatch: ${server.url}/dashboard   Steer: ${server.url}/dashboard#token=${server.adminToken}`,
  );
  try {
    const { run, seconds, missing } = await train(server, plans, startMs, interruption);
    const devices = reportDevices(
      run.devices.filter((device) => plans.some((plan) => plan.name === device.name)),
    );
    const numFloats = numParameters(findTask(config.task).model);
    const fedavgPayloadBytes = run.accepted * FEDAVG_BYTES_PER_PARAMETER * numFloats;
    const payloadBytes = run.payloadBytesDown + run.payloadBytesUp;
    if (devices.length > 0) console.log(tableOfDevices(devices));
    console.log(
      `\nheld-out accuracy ${percent(run.accuracy)} in ${seconds} s: ${run.version} versions from ${run.accepted} updates`,
    );
    console.log(
      `payload ${formatByteSize(payloadBytes)}; as many updates with the whole model both ways (FedAvg): ${formatByteSize(fedavgPayloadBytes)}`,
    );
    console.log(`kept in runs/${config.id}: accuracy.svg, model.safetensors, metrics.jsonl and more`);
    if (options.json) {
      const { accuracy, target, version: versions } = run;
      const report = { accuracy, target, seconds, versions, fedavgPayloadBytes, payloadBytes, devices };
      writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
    }
    if (interruption.aborted) console.error('Interrupted.');
    else if (missing.length > 0)
      console.error(`Not reached within ${LIMIT_MS / 1000} s: ${missing.join(', ')}.`);
    return missing.length > 0 ? 1 : 0;
  } finally {
    await server.close();
  }
}

const program = addSettingFlags(
  new Command('npm run demo --').description(
    'Trains digits in twelve throttled tabs to 90 % within three minutes.',
  ),
  'demo',
  USUAL_WORDS,
).option('--json <file>', 'write the figures of the summary');
program.parse();
try {
  process.exitCode = await main(program.opts<Options>());
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
