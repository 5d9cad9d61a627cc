// `npm start`: starts a server as its flags say, tells where to join, ends on Ctrl-C.

import { TASKS } from '../../shared/tasks/tasks.ts';
import { flagsToRun } from '../../shared/settings/runSetup.ts';
import { createTaskOpener } from '../data/openTask.ts';
import { isTaskFile } from '../data/ownTask/openOwnTask.ts';
import { outliveConnections } from '../guard/containment.ts';
import { createFaultLog } from '../guard/faultLog.ts';
import { settingsOfFlags } from '../settings/flags.ts';
import { startServer } from '../startServer.ts';
import { readManifest, runFolder } from '../store/runManifest.ts';
import { announce } from './announce.ts';
import { chooseCertificate } from './chooseCertificate.ts';
import { chooseRun, runsOf } from './chooseRuns.ts';
import { endOnSignal, fail } from './ending.ts';
import { expectOutputFolder } from './outputFile.ts';
import { strategyToResume } from './resumeStrategy.ts';
import { showSearch } from './searchLine.ts';
import { createStartCommand, DEFAULT_TEMPO, expectTogether, type StartFlags } from './startFlags.ts';
import { serverOptionsOf } from './startOptions.ts';
import { showWaiting } from './waitingLine.ts';

/** The data of a task file are not generated. */
const NO_SEED = 0;

async function main(): Promise<void> {
  const given = createStartCommand().parse().opts<StartFlags>();
  expectTogether(given);
  if (given.tensorboard !== undefined) expectOutputFolder('--tensorboard', given.tensorboard);
  const open = createTaskOpener(given.dataDir ?? '');
  const openFile = (file: string) => open(file, NO_SEED);
  const asked = given.task !== undefined && isTaskFile(given.task) ? await openFile(given.task) : null;
  const id = chooseRun(given, asked?.task.id ?? given.task ?? 'digits');
  const kept = readManifest(runFolder(given.runsDir, id));
  // A run that is kept goes on as it began.
  const usual = kept ? {} : { tempo: DEFAULT_TEMPO };
  const flags = settingsOfFlags({ ...given });
  const strategy = strategyToResume(flags.strategy, kept, console.log);
  const settings = { ...usual, ...flags, strategy, task: given.task };
  const goesOn = given.task === undefined && kept?.taskFile !== undefined;
  const own = goesOn ? await openFile(kept.taskFile.path) : asked;
  const { config, data } = flagsToRun(id, settings, kept, own?.task);
  const runs = runsOf(given, settings, config, kept, own?.task);
  for (const note of own?.notes ?? []) console.log(note);
  const faults = createFaultLog();
  const server = await startServer({
    ...serverOptionsOf(given, await chooseCertificate(given)),
    ...data,
    runs,
    isSideBySide: runs.length > 1,
    tasks: own ? [own.task, ...TASKS] : TASKS,
    openTask: (name, seed) => (own && name === own.task.id ? Promise.resolve(own) : open(name, seed)),
    ...(own?.file && { taskFile: own.file }),
    faults,
    onNote: (note) => console.log(note),
    onFailure: fail,
  });
  outliveConnections(faults, fail);
  endOnSignal(server);
  announce(server);
  showSearch(server.runs[0]!);
  // A run that is begun anew takes the place of the first.
  showWaiting(() => server.waitingOf(server.runs[0]!));
  if (given.https && given.cert === undefined)
    console.log('The certificate is of its own making: each browser warns once, and goes on when told to.');
}

await main().catch(fail);
