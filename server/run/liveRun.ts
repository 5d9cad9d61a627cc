// One run while a server is up, put together: the durable coordinator with its wake-ups, checkpoints, evaluations and files.
// Who reads it has an interface of their own. Knows nothing of sockets: whoever delivers assignments is attached.

import { figuresOf, type Evaluation } from '../store/keptLines.ts';
import { diskFaultOf } from '../store/diskFault.ts';
import { writeFailure } from '../store/writeFailure.ts';
import { createCheckpoints } from './checkpoints.ts';
import { createDepartures } from './departures.ts';
import { runCostOf } from './describeRun.ts';
import type { LiveRunOptions } from './liveRunOptions.ts';
import { thisMachine } from './machine.ts';
import { openCoordinator } from './openCoordinator.ts';
import { createOutlet } from './outlet.ts';
import type { RefusalCounts } from './refusalCounts.ts';
import { createRunEffects } from './runEffects.ts';
import { createRunEnding, type RunEnding } from './runEnding.ts';
import { createRunEvaluations } from './runEvaluations.ts';
import { createRunEvents } from './runEvents.ts';
import { createRunFigures } from './runFigures.ts';
import { createRunFiles } from './runFiles.ts';
import { createAdminSide, type RunForAdmin } from './runForAdmin.ts';
import type { RunForDashboard } from './runForDashboard.ts';
import { createDeviceSide, type RunForDevices } from './runForDevices.ts';
import { createSchemeSearches } from './schemeSearches.ts';

/** For whoever opened it; everybody else has the part that is theirs. */
export interface LiveRun
  extends
    RunForDevices,
    RunForDashboard,
    RunForAdmin,
    Pick<RunEnding, 'whenEnded' | 'whenScore' | 'whenVersion'> {
  /** What whoever started the server is to be told of the folder, a sentence each. */
  readonly notes: readonly string[];
  readonly evaluations: readonly Evaluation[];
  /** Evaluates the newest version, writes the final files and a checkpoint, closes the folder. */
  close(): Promise<void>;
}

/** Throws CheckpointError where the folder cannot be gone on with. */
export async function openLiveRun(options: LiveRunOptions): Promise<LiveRun> {
  const { config, folder, task, test, machine = thisMachine } = options;
  const onFailure = (error: Error): void =>
    options.onFailure(diskFaultOf(error) === null ? error : writeFailure(folder, error));
  const { durable, history, evaluations, addEvaluation } = await openCoordinator(options);
  const { coordinator, store } = durable;
  const refusals: RefusalCounts = {};
  const outlet = createOutlet();
  const ending = createRunEnding({
    runId: config.id,
    metric: task.metric,
    limits: options.limits,
    evaluations,
    versionNow: () => coordinator.version,
    onEnd: outlet.ended,
  });
  const scoring = createRunEvaluations({
    durable,
    task,
    test,
    everyMs: options.evaluateEveryMs,
    openEvaluator: options.openEvaluator,
    onEvaluation(evaluation) {
      addEvaluation(evaluation);
      store.evaluations.append(evaluation);
      options.scalars?.addEvaluation(evaluation);
      ending.evaluated(evaluation);
    },
    onFailure,
  });
  const checkpoints = createCheckpoints({
    durable,
    everySteps: options.checkpointEverySteps,
    everyBytes: options.checkpointEveryBytes,
    onFailure,
  });
  const effects = createRunEffects({
    durable,
    outlet,
    history: {
      addStep(record) {
        history.addStep(record);
        options.scalars?.addStep(record, runCostOf(durable));
      },
    },
    evaluations,
    scoring,
    checkpoints,
    ending,
    beginSearch: (wanted) => searches.begin(wanted),
  });
  const onHandled = checkpoints.writeWhenDue;
  const events = createRunEvents({ durable, machine, execute: effects.execute, onHandled, onFailure });
  const { submit } = events;
  const searches = createSchemeSearches(options.schemeFinder, submit, onFailure);
  const figures = createRunFigures({ durable, task, evaluations, refusals, searches, ending });
  const files = createRunFiles({ store, coordinator, task, evaluations, status: figures.status });
  const departures = createDepartures(machine, files.writeDevices, onFailure);

  let isClosed = false;
  async function close(): Promise<void> {
    if (isClosed) return;
    events.callOffAlarm();
    await scoring.finish();
    isClosed = true;
    events.close();
    departures.close();
    ending.close();
    const checkpointed = checkpoints.close();
    await searches.close();
    await scoring.close();
    await checkpointed;
    await durable.checkpoint();
    files.writeDevices();
    files.writeModel();
    await durable.close();
    options.scalars?.close();
  }

  files.writeSettings();
  events.setAlarm();
  if (coordinator.searching) searches.begin(coordinator.searching);
  if (evaluations.at(-1)?.version !== coordinator.version)
    scoring.offer(coordinator.version, coordinator.parameters);

  return {
    ...createDeviceSide({ ...options, durable, refusals }),
    ...createAdminSide({ config, submit, outlet, files }),
    ...figures,
    get config() {
      return coordinator.config;
    },
    get version() {
      return effects.newest.version;
    },
    get parameters() {
      return effects.newest.parameters;
    },
    get score() {
      return figuresOf(evaluations.at(-1)).score;
    },
    get isEnded() {
      return ending.isEnded;
    },
    get examination() {
      return scoring.examination;
    },
    task,
    test,
    folder,
    evaluations,
    history,
    submit,
    close,
    notes: store.notes,
    attach: outlet.attach,
    noteDeparture: departures.note,
    schemeOf: effects.schemeOf,
    setExamining: scoring.setExamining,
    whenEnded: ending.whenEnded,
    whenScore: ending.whenScore,
    whenVersion: ending.whenVersion,
    end: ending.end,
  };
}
