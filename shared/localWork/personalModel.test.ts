import { expect, test } from 'vitest';
import type { ModelSpec } from '../engine/model.ts';
import { planTraining } from '../engine/planTraining.ts';
import { layerScheme } from '../engine/scheme.ts';
import { findTask } from '../tasks/tasks.ts';
import { planPersonal } from './personalModel.ts';

/** One wide layer: a copy of its weights is most of what training it takes. */
const WIDE: ModelSpec = {
  id: 'wide',
  input: [4000],
  layers: [{ kind: 'dense', name: 'only', units: 3 }],
  loss: 'softmaxCrossEntropy',
};

test('the last layer is fine-tuned wherever it fits, in as small a batch as there are samples', () => {
  for (const { model } of ['digits', 'har', 'fashion', 'cifar10'].map(findTask)) {
    const budgetBytes = 512 * 1024;
    const { plan, trains } = planPersonal(planTraining, model, 7, budgetBytes);
    expect(trains).toBe('head');
    expect(plan.batch).toBe(7);
    expect(plan.deviceBytes).toBeLessThanOrEqual(budgetBytes);
    expect(planPersonal(planTraining, model, 500, budgetBytes).plan.batch).toBe(16);
  }
});

test('all biases are, where only they fit; less than that is refused by what would do', () => {
  const head = layerScheme(WIDE, ['only']);
  const leastForHead = planTraining(WIDE, head, { batch: 16, microBatch: 1, form: 'immediate' }).deviceBytes;
  expect(planPersonal(planTraining, WIDE, 16, leastForHead).trains).toBe('head');
  const { plan, trains } = planPersonal(planTraining, WIDE, 16, leastForHead - 4);
  expect(trains).toBe('biases');
  expect(plan.scheme.entries.map(({ tensor }) => tensor)).toEqual(['only.bias']);
  expect(plan.deviceBytes).toBeLessThan(leastForHead);
  expect(() => planPersonal(planTraining, WIDE, 16, 1000)).toThrow(
    `the smallest that would do is ${leastForHead} bytes`,
  );
});
