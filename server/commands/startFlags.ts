// The flags of `npm start`.

import { Command } from 'commander';
import type { StrategyChoice } from '../../shared/settings/strategyChoice.ts';
import { addSettingFlags, type SettingFlags } from '../settings/flags.ts';
import { parseCount } from './parseCount.ts';
import {
  parseCode,
  parseCompared,
  parseHosts,
  parsePort,
  parsePublicUrl,
  parseTask,
  TASK_IDS,
} from './startParsers.ts';

const USAGE_ERROR = 2;

/** Seconds: long enough for a lesson to see what happens, short enough to wait for. */
export const DEFAULT_TEMPO = 2;

export interface StartFlags extends SettingFlags {
  readonly task?: string;
  readonly dataDir?: string;
  readonly port: number;
  readonly host: string;
  readonly https?: boolean;
  readonly cert?: string;
  readonly key?: string;
  readonly publicUrl?: string;
  readonly trustProxy?: number | true;
  readonly allowHost?: readonly string[];
  readonly joinCode?: string | true;
  readonly runsDir: string;
  readonly run?: string;
  readonly resume?: boolean;
  readonly acceptLoss?: boolean;
  readonly names?: boolean;
  readonly tensorboard?: string;
  readonly compare?: readonly StrategyChoice[];
}

export function createStartCommand(): Command {
  const command = new Command('npm start --')
    .description('Starts the server: devices join in a browser at the address that it prints.')
    .option(
      '--task <id or FILE.json>',
      `what is trained: ${TASK_IDS.join(', ')}, or a task of your own (default: digits)`,
      parseTask,
    )
    .option(
      '--data-dir <folder>',
      'folder of data files, for tasks that need them; a task of your own may name files in it',
    )
    .option(
      '--compare <strategies>',
      'strategies whose runs go side by side on one fleet, like fedavg,ftte: every device is dealt to one of them',
      parseCompared,
    );
  return addSettingFlags(command, 'start', { tempo: String(DEFAULT_TEMPO) })
    .option('--port <port>', 'port to listen on, 0 for any free one', parsePort, 3000)
    .option(
      '--host <address>',
      'address to listen on; default: all, and the default route is what is shown',
      '0.0.0.0',
    )
    .option(
      '--https',
      'serve https, with a certificate of its own, kept in the runs folder, unless one is given',
    )
    .option('--cert <file>', 'certificate for https, in PEM; with --key')
    .option('--key <file>', 'its private key, in PEM')
    .option(
      '--public-url <url>',
      'address of a tunnel or a proxy to this server, a path included: what is shown to join at',
      parsePublicUrl,
    )
    .option(
      '--join-code [code]',
      'joining, and seeing a sample, take this code, which the QR code holds (default: none; without a value: one that stays with the runs folder)',
      parseCode,
    )
    .option(
      '--allow-host <name...>',
      'more names that lead here; pages of these hosts may ask this server (addresses and the name of this machine always do)',
      parseHosts,
    )
    .option(
      '--trust-proxy [N]',
      'this server is reached through N proxies (default 1), which say by X-Forwarded-For whom they were asked by',
      parseCount,
    )
    .option('--runs-dir <folder>', 'where runs are kept', 'runs')
    .option('--run <id>', 'name of the run; one that is kept already goes on (default: from task and time)')
    .option('--resume', 'go on with --run, or with the newest run, and fail if there is none')
    .option(
      '--accept-loss',
      'with --resume: go on without what of the run is damaged or missing; says what is lost',
    )
    .option('--tensorboard <folder>', 'write event files for TensorBoard, too, a folder for each run')
    .option('--names', 'dashboards call devices as they call themselves (default: by generated names)')
    .allowExcessArguments(false)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE_ERROR));
}

/** Throws RangeError for flags that do not go together. */
export function expectTogether({ compare, strategy, run, resume, acceptLoss }: StartFlags): void {
  if (compare && (strategy !== undefined || run !== undefined || resume))
    throw new RangeError(
      '--compare begins runs anew and names strategies: not with --strategy, --run or --resume',
    );
  if (acceptLoss && !resume)
    throw new RangeError('--accept-loss goes with --resume: it gives up what of a kept run is damaged');
}
