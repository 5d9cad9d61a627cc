// The two things that need an arena beside the run's: making the personal model, and trying the models out.
//
// Safety: their arena and the run's never exceed the budget together. The personal model takes the place of the run's
// arena; the try-out lives beside it where there is room, and makes way (`makeRoom`) where the run's next one needs it.
// Liveness: whatever made the run rest lets it go on when it ends, by success, failure or `free`.

import type { TrainingPlan } from '../../../shared/engine/plan.ts';
import { EMPTY_SCHEME } from '../../../shared/engine/scheme.ts';
import { planPersonal } from '../../../shared/localWork/personalModel.ts';
import type { OwnDataState, OwnSamples, PersonalState, Prediction } from '../ownData.ts';
import { fineTune, type PersonalModel } from './fineTune.ts';
import { NO_PERSONAL_MODEL } from './noOwnData.ts';
import type { OwnEngine, OwnHost } from './ownHost.ts';
import { describeProblem, ownError, type OwnProblemName } from './ownProblem.ts';
import { checkInputs } from './ownSamples.ts';
import type { OwnShelf } from './ownShelf.ts';
import { openTryOut, type TryOut } from './tryOut.ts';

const FLOAT_BYTES = 4;

export interface OwnModels {
  describe(): Pick<OwnDataState, 'personal' | 'isRunResting' | 'deviceBytes'>;
  trainPersonal(): Promise<void>;
  predict(input: OwnSamples['inputs']): Promise<Prediction>;
  stopPredicting(): Promise<void>;
  makeRoom(deviceBytes: number): Promise<void>;
  /** The personal model is no more. */
  forgetPersonal(): Promise<void>;
  free(): void;
}

export function createOwnModels(
  { task, ...host }: OwnHost,
  shelf: OwnShelf,
  engine: OwnEngine,
  changed: () => void,
): OwnModels {
  let personal: PersonalState = describePersonal(shelf.personal);
  let training: AbortController | null = null;
  let trainingBytes = 0;
  let tryOut: TryOut | null = null;
  /** From the moment that its plan is made. */
  let tryOutBytes = 0;
  /** Counts how often the try-out was put away. */
  let numStops = 0;
  const restingFor = new Set<'personal' | 'tryOut'>();
  /** Making the personal model and opening the try-out never overlap. */
  let idle: Promise<unknown> = Promise.resolve();

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = idle.then(work);
    idle = done.catch(() => undefined);
    return done;
  }

  async function rest(reason: 'personal' | 'tryOut'): Promise<void> {
    restingFor.add(reason);
    changed();
    await host.rest();
  }

  function goOn(reason: 'personal' | 'tryOut'): void {
    if (!restingFor.delete(reason)) return;
    changed();
    if (restingFor.size === 0) host.goOn();
  }

  async function closeTryOut(): Promise<void> {
    const closing = tryOut?.close();
    tryOut = null;
    tryOutBytes = 0;
    changed();
    await closing;
  }

  function showPersonal(change: Partial<PersonalState>): void {
    personal = { ...personal, ...change };
    changed();
  }

  async function trainNow(abort: AbortController): Promise<void> {
    const { signal } = abort;
    const { training: samples, heldOut } = shelf.set;
    if (signal.aborted) return;
    if (!samples) throw ownError('noneToTrainOn', 'There are no samples of your own to train on yet.');
    await closeTryOut();
    if (signal.aborted) return;
    await rest('personal');
    if (signal.aborted) return;
    const { plan, trains } = planPersonal(
      engine.planTraining,
      task.model,
      samples.samples,
      host.budgetBytes(),
    );
    const trainer = await engine.createTrainer(plan);
    trainingBytes = plan.deviceBytes;
    showPersonal({ trains });
    try {
      const made = await fineTune({
        trainer,
        run: host.run(),
        trains,
        training: samples,
        heldOut,
        staging: task,
        engine,
        flopsPerSecond: host.flopsPerSecond,
        clock: host.clock,
        signal,
        progressed: (progress) => showPersonal({ progress }),
      });
      if (!made || signal.aborted) return;
      personal = describePersonal(made);
      await shelf.setPersonal(made);
    } finally {
      trainer.dispose();
      trainingBytes = 0;
    }
  }

  /** Of the personal model's tensors the global values and the difference are at hand besides. */
  function besidesBytes(): number {
    return 2 * FLOAT_BYTES * (shelf.personal?.deltas ?? []).reduce((sum, { length }) => sum + length, 0);
  }

  function planTryOut(budgetBytes: number): TrainingPlan | null {
    try {
      return engine.planTraining(task.model, EMPTY_SCHEME, {
        batch: 1,
        budgetBytes: budgetBytes - besidesBytes(),
      });
    } catch (error) {
      if ((error as { code?: unknown }).code === 'budget') return null;
      throw error;
    }
  }

  /** Beside the run's arena where the budget allows it, else in its place. */
  async function makeTryOut(stops: number): Promise<TryOut> {
    if (tryOut) return tryOut;
    expectWanted(stops);
    let plan = planTryOut(host.budgetBytes() - host.runBytes());
    if (!plan) {
      await rest('tryOut');
      expectWanted(stops);
      plan = planTryOut(host.budgetBytes());
    }
    if (!plan) {
      goOn('tryOut');
      throw ownError(
        'tooLargeToTry',
        'The whole model does not fit into the memory budget of this device: with a larger one it can be tried.',
      );
    }
    tryOutBytes = plan.deviceBytes + besidesBytes();
    tryOut = openTryOut({
      plan,
      engine,
      personal: shelf.personal,
      staging: task,
      newestVersion: host.version,
      clock: host.clock,
    });
    changed();
    return tryOut;
  }

  function expectWanted(stops: number): void {
    if (stops !== numStops) throw ownError('putAway', 'The try-out was put away.');
  }

  return {
    describe: () => ({
      personal,
      isRunResting: restingFor.size > 0,
      deviceBytes: trainingBytes + tryOutBytes,
    }),
    async trainPersonal() {
      training?.abort();
      const mine = new AbortController();
      training = mine;
      showPersonal({ phase: 'training', progress: 0, problem: null });
      try {
        await inTurn(() => trainNow(mine));
      } catch (error) {
        if (training === mine) showPersonal({ phase: 'failed', problem: describeProblem(error) });
        throw error;
      } finally {
        if (training === mine) {
          training = null;
          goOn('personal');
        }
      }
      if (mine.signal.aborted) throw new Error('The making of the personal model was given up.');
    },
    async predict(input) {
      checkInputs(task, input, 1);
      const stops = numStops;
      for (;;) {
        const mine = tryOut ?? (await inTurn(() => makeTryOut(stops)));
        try {
          return await mine.predict(input);
        } catch (error) {
          // Where it had to make way for an arena, it is opened anew.
          if (tryOut !== mine && stops === numStops) continue;
          if (tryOut === mine) {
            await closeTryOut();
            goOn('tryOut');
          }
          throw error;
        }
      }
    },
    async stopPredicting() {
      numStops++;
      await closeTryOut();
      goOn('tryOut');
    },
    async makeRoom(deviceBytes) {
      if (tryOut && deviceBytes + tryOutBytes > host.budgetBytes()) await closeTryOut();
    },
    async forgetPersonal() {
      training?.abort();
      training = null;
      goOn('personal');
      personal = NO_PERSONAL_MODEL;
      // Opened anew by the next question, without it.
      await closeTryOut();
    },
    free() {
      numStops++;
      training?.abort();
      if (training)
        showPersonal({
          phase: 'failed',
          problem: {
            name: 'stopped' satisfies OwnProblemName,
            message: 'It was given up when the device stopped or its budget changed.',
          },
        });
      training = null;
      void closeTryOut();
      for (const reason of restingFor) goOn(reason);
    },
  };
}

function describePersonal(made: PersonalModel | null): PersonalState {
  if (!made) return NO_PERSONAL_MODEL;
  const { version, trains, globalAccuracy, personalAccuracy } = made;
  return {
    ...NO_PERSONAL_MODEL,
    phase: 'ready',
    progress: 1,
    version,
    trains,
    globalAccuracy,
    personalAccuracy,
  };
}
