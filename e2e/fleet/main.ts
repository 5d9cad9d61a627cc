// `npm run fleet`: many throttled headless tabs against a server that is already there, or a lesson rehearsed with them.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { expectOutputFile } from '../../server/commands/outputFile.ts';
import { formatByteSize } from '../../shared/byteSize.ts';
import type { DeviceStatus, RunStatus } from '../../shared/contract/status.ts';
import { formatScore, isReached, METRIC_NAMES } from '../../shared/tasks/metric.ts';
import { parseProfiles } from './deviceProfile.ts';
import type { DeviceProfile } from './deviceProfile.ts';
import { reportDevices, tableOfDevices } from './deviceReport.ts';
import { openFleet } from './fleet.ts';
import type { Fleet } from './fleet.ts';
import { createInterruption, pause } from './interruption.ts';
import { planTabs } from './planTabs.ts';
import { createProgressLine } from './progressLine.ts';
import { addSettingFlags, settingsOfFlags } from '../../server/settings/flags.ts';
import { rehearseClassroom, TEMPO_SECONDS } from './rehearsalCommand.ts';
import { openServerLink } from './serverLink.ts';
import type { ServerLink } from './serverLink.ts';

interface Options {
  readonly tabs: number;
  readonly profiles: string;
  readonly server: string;
  readonly run: string;
  readonly seconds: number;
  readonly target?: number;
  readonly json?: string;
}

const POLL_MS = 1000;
const DEFAULTS = { run: '', seconds: Infinity };
const LESSONS = ['classroom'];

function number(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError(`must be a number > 0, got "${text}"`);
  return value;
}

function parseServer(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw new InvalidArgumentError('It must be an address like http://127.0.0.1:3000.');
}

function readProfiles(file: string): DeviceProfile[] {
  if (!existsSync(file)) throw new Error(`--profiles must name a file of device profiles, got "${file}"`);
  return parseProfiles(JSON.parse(readFileSync(file, 'utf8')));
}

function lineOf(run: RunStatus, numTabs: number): string {
  const training = run.devices.filter((device) => device.training).length;
  const score = `${METRIC_NAMES[run.metric]} ${formatScore(run.metric, run.score)}`;
  return `${numTabs} tabs here · ${training} devices training · ${score} · version ${run.version} · ${run.accepted} updates · ${formatByteSize(run.payloadBytesDown)} down · ${formatByteSize(run.payloadBytesUp)} up`;
}

/** Follows the run until the time is up, the target is reached or somebody interrupts. */
async function watch(
  options: Options,
  link: ServerLink,
  fleet: Fleet,
  signal: AbortSignal,
): Promise<RunStatus> {
  const line = createProgressLine();
  const endMs = performance.now() + options.seconds * 1000;
  for (;;) {
    const run = await link.status();
    line.show(lineOf(run, fleet.tabs.length));
    const isDone = options.target !== undefined && isReached(run.metric, run.score, options.target);
    if (signal.aborted || performance.now() >= endMs || isDone) {
      line.end();
      return run;
    }
    await pause(POLL_MS, signal);
  }
}

/** Those of the fleet's tabs, by the names of their plans: the server may not tell how devices call themselves. */
async function devicesOf(fleet: Fleet, { devices }: RunStatus): Promise<DeviceStatus[]> {
  const found = await Promise.all(
    fleet.tabs.map(async ({ page, plan }) => {
      const id = await page.evaluate(() => window.minnow.state.deviceId).catch(() => '');
      const device = devices.find(({ deviceId }) => deviceId === id);
      return device && { ...device, name: plan.name, profile: plan.profile.name };
    }),
  );
  return found.flatMap((device) => device ?? []);
}

async function main(options: Options): Promise<number> {
  expectOutputFile('--json', options.json);
  const plans = planTabs(readProfiles(options.profiles), options.tabs);
  const link = await openServerLink(options.server, options.run);
  await link.status();
  const signal = createInterruption();
  const opening = createProgressLine();
  const fleet = await openFleet({
    server: link.address,
    run: options.run,
    plans,
    signal,
    onOpened: (numOpen) => opening.show(`opening tabs: ${numOpen} of ${plans.length}`),
  });
  opening.end();
  try {
    const run = await watch(options, link, fleet, signal);
    const devices = reportDevices(await devicesOf(fleet, run));
    const failures = fleet.tabs.flatMap((tab) =>
      tab.failures.map((failure) => `${tab.plan.name}: ${failure}`),
    );
    console.log(tableOfDevices(devices));
    for (const failure of failures) console.error(failure);
    if (options.json) {
      const { metric, score, accuracy, version, accepted, payloadBytesDown, payloadBytesUp, elapsedMs } = run;
      const report = {
        metric,
        score,
        accuracy,
        version,
        accepted,
        payloadBytesDown,
        payloadBytesUp,
        elapsedMs,
        failures,
        devices,
      };
      writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
    }
    return failures.length > 0 ? 1 : 0;
  } finally {
    await fleet.close();
    await link.close();
  }
}

const program = new Command('npm run fleet --')
  .description(
    'Opens headless tabs that train with a server, each held to a device profile. Ctrl-C ends them all.\n' +
      'With --profile classroom it rehearses a lesson instead, on a server of its own unless --server names one.',
  )
  .option('--tabs <count>', 'number of tabs (a lesson: 30)', number)
  .option('--profiles <file>', 'device profiles (JSON), e.g. e2e/profiles/classroom.json')
  .addOption(
    new Option('--profile <lesson>', 'rehearse a lesson; exits with 1 where something goes wrong')
      .choices(LESSONS)
      .conflicts(['profiles', 'seconds', 'target']),
  )
  .option(
    '--server <url>',
    'address of the server, e.g. http://127.0.0.1:3000; for a lesson its link to steer, .../dashboard#token=...',
    parseServer,
  )
  .option('--run <id>', "run to join (default: the server's first)")
  .option('--seconds <count>', 'how long to stay (default: until Ctrl-C)', number)
  .option('--target <score>', 'leave when this held-out score is reached, e.g. an accuracy of 0.9', number)
  .option('--json <file>', 'write a report');
addSettingFlags(program, 'fleet', { tempo: String(TEMPO_SECONDS) });
program.parse();
try {
  const flags = program.opts<Partial<Options> & { readonly profile?: string }>();
  const settings = settingsOfFlags({ ...flags });
  if (Object.keys(settings).length > 0 && (flags.profile === undefined || flags.server !== undefined))
    throw new RangeError(
      'Settings of a run are those of the server that a lesson starts: not without --profile, or with --server.',
    );
  process.exitCode = await (flags.profile === undefined
    ? main(complete(flags))
    : rehearseClassroom(flags, settings));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

function complete({ tabs, profiles, server, ...rest }: Partial<Options>): Options {
  if (tabs !== undefined && profiles !== undefined && server !== undefined)
    return { ...DEFAULTS, ...rest, tabs, profiles, server };
  return program.error('error: --tabs, --profiles and --server must be given, or --profile classroom');
}
