import { describe, expect, it } from 'vitest';
import { findTask } from '../../shared/tasks/tasks.ts';
import { checkConfig } from '../../shared/federation/checkConfig.ts';
import type { RunConfig } from '../../shared/federation/config.ts';
import { withSettings } from '../../shared/federation/settings.ts';
import { changedSettings, nextRuns } from './nextRuns.ts';
import { STRATEGY_CHOICES } from '../../shared/federation/strategies.ts';
import { flagsToRun } from '../../shared/settings/runSetup.ts';
import { SUBSET_CHOICES } from '../../shared/settings/forms.ts';

const CONFIG: RunConfig = {
  ...flagsToRun(
    'old',
    { task: 'digits', floorBytes: 65_536, onePerDevice: true, averaging: 0.8, clip: 3, concurrency: 30 },
    null,
  ).config,
  partialWorkMs: 900,
};
const idFor = (task: string, strategy: string): string => `${task}-${strategy}`;

describe('changed settings', () => {
  it('work for every strategy and every subset from every other', () => {
    for (const from of STRATEGY_CHOICES)
      for (const strategy of STRATEGY_CHOICES)
        for (const subset of SUBSET_CHOICES) {
          const before = withSettings(CONFIG, changedSettings(CONFIG, { strategy: from }));
          const after = withSettings(CONFIG, changedSettings(before, { strategy, subset, buffer: 4 }));
          checkConfig(after);
          expect(after.strategy).toMatchObject({
            trigger: { size: 4 },
            onePerDevice: 'always',
            averaging: 0.8,
            clipMultiple: 3,
          });
        }
  });

  it('leave alone what is not named', () => {
    expect(changedSettings(CONFIG, {})).toEqual({
      strategy: CONFIG.strategy,
      subset: { kind: 'weakest', floorBytes: 65_536 },
      learningRate: CONFIG.localWork.learningRate,
    });
    const { strategy, subset } = changedSettings(CONFIG, { subset: 'tailored', serverLearningRate: 0.5 });
    expect(strategy).toEqual({ ...CONFIG.strategy, serverLearningRate: 0.5 });
    expect(subset).toEqual({ kind: 'tailored', floorBytes: 65_536 });
    expect(changedSettings(CONFIG, { subset: 'full' }).subset).toEqual({ kind: 'full' });
  });
});

describe('next runs', () => {
  it('are the same anew, or of another task with its own local work', () => {
    expect(nextRuns([CONFIG], { task: findTask('digits') }, idFor)).toEqual([
      { ...CONFIG, id: 'digits-ftte' },
    ]);
    const fashion = findTask('fashion');
    const [next] = nextRuns([CONFIG], { task: fashion }, idFor);
    expect(next).toEqual({
      ...CONFIG,
      id: 'fashion-ftte',
      task: 'fashion',
      localWork: { ...CONFIG.localWork, ...fashion.localWork },
    });
  });

  it('compared, differ in what their strategies bring and are alike in all else', () => {
    const strategies = ['fedavg', 'ftte'];
    const [fedAvg, ftte] = nextRuns([CONFIG], { task: findTask('digits'), strategies }, idFor);
    for (const run of [fedAvg!, ftte!]) {
      checkConfig(run);
      expect(run).toMatchObject({
        seed: CONFIG.seed,
        concurrency: 30,
        partialWorkMs: 900,
        localWork: CONFIG.localWork,
      });
    }
    // All who are here, whoever comes first.
    expect(fedAvg!.strategy.trigger).toEqual({ kind: 'cohort', size: 30, first: 1, deadlineMs: 0 });
    expect([fedAvg!.subset, ftte!.subset]).toEqual([{ kind: 'full' }, { kind: 'weakest', floorBytes: 0 }]);
    expect([fedAvg!.encoding!.up.kind, ftte!.encoding!.up.kind]).toEqual(['float32', 'topK']);
  });
});
