// Asks what the models say of the sample at hand, the newest one alone: while one question is under way, those in between
// are passed over. Tells the Worker when nobody looks any more. Knows nothing of what a sample shows.

import { describeProblem, type OwnProblem, type OwnProblemName } from '../../device/own/ownProblem.ts';
import type { OwnDataApi, OwnSamples, Prediction } from '../../device/ownData.ts';

export type Sample = OwnSamples['inputs'];

export interface Guesser {
  /** Null: there is nothing to guess. */
  ask(sample: Sample | null): void;
  /** Asks of the same sample again: there is another model. */
  askAgain(): void;
}

/** So long after the last question what the try-out holds is freed: with a sample at hand, and without. */
const IDLE_MS = 30_000;
const IDLE_WITHOUT_MS = 4_000;

/** `show` gets null where there is nothing to say, `failed` why there is no answer to somebody who still looks. */
export function createGuesser(
  api: Pick<OwnDataApi, 'predict' | 'stopPredicting'>,
  show: (prediction: Prediction | null) => void,
  failed: (problem: OwnProblem) => void,
): Guesser {
  let current: Sample | null = null;
  /** Of a question asked after the newest answer was. */
  let isNew = false;
  let isAsking = false;
  let idle = 0;

  async function ask(): Promise<void> {
    if (isAsking || !isNew || !current) return;
    isAsking = true;
    isNew = false;
    try {
      const asked = current;
      // The Worker takes over what it is given.
      const prediction = await api.predict(asked.slice());
      if (current) show(prediction);
    } catch (error) {
      const problem = describeProblem(error);
      if (problem.name !== ('putAway' satisfies OwnProblemName)) failed(problem);
    }
    isAsking = false;
    void ask();
  }
  function stop(): void {
    clearTimeout(idle);
    idle = 0;
    void api.stopPredicting().catch(() => {});
  }
  document.addEventListener('visibilitychange', () => {
    if (document.hidden && idle !== 0) stop();
  });

  return {
    ask(sample) {
      current = sample;
      isNew = sample !== null;
      if (sample || idle !== 0) {
        clearTimeout(idle);
        idle = window.setTimeout(stop, sample ? IDLE_MS : IDLE_WITHOUT_MS);
      }
      if (sample) void ask();
      else show(null);
    },
    askAgain() {
      isNew = current !== null;
      void ask();
    },
  };
}
