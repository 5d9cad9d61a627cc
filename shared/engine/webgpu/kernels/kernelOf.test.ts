import { expect, test } from 'vitest';
import { MODELS } from '../../models.ts';
import type { Op } from '../../ops/ops.ts';
import type { TrainingPlan } from '../../plan.ts';
import { planTraining } from '../../planTraining.ts';
import { fullScheme } from '../../scheme.ts';
import { describeCase, randomCase } from '../../testing/randomCase.ts';
import { kernelOf } from './kernelOf.ts';

/** What every WebGPU device guarantees. */
const LIMITS = { invocations: 256, depth: 64, storageBytes: 16_384, workgroups: 65_535 };

function opsOf({ programs }: TrainingPlan): Op[] {
  return [programs.begin, programs.train, programs.apply, programs.evaluate, programs.predict].flat();
}

function expectWithinLimits(plan: TrainingPlan, what: string): void {
  for (const isSoftware of [false, true])
    for (const op of opsOf(plan)) {
      const { code, workgroups } = kernelOf({ ...plan, isSoftware }, op);
      const [x = 1, y = 1, z = 1] = /@workgroup_size\(([^)]*)\)/.exec(code)![1]!.split(',').map(Number);
      const name = `${what}: ${op.kind}`;
      expect(x * y * z, name).toBeLessThanOrEqual(LIMITS.invocations);
      expect(z, name).toBeLessThanOrEqual(LIMITS.depth);
      for (const [, type, length] of code.matchAll(/var<workgroup> \w+: array<(\w+), (\d+)>/g))
        expect(Number(length) * (type === 'vec2f' ? 8 : 4), name).toBeLessThanOrEqual(LIMITS.storageBytes);
      for (const count of [1, plan.microBatch])
        for (const groups of workgroups(count)) {
          expect(Number.isInteger(groups) && groups >= 1, name).toBe(true);
          expect(groups, name).toBeLessThanOrEqual(LIMITS.workgroups);
        }
    }
}

test('every op of all models has a kernel within the limits of any WebGPU device', () => {
  for (const model of MODELS)
    expectWithinLimits(planTraining(model, fullScheme(model), { batch: 16 }), model.id);
});

test('every op of random models, schemes and forms has one', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const theCase = randomCase(7000 + seed);
    const { model, scheme, batch, microBatch, form, frozenPrecision, split, recompute } = theCase;
    const plan = planTraining(model, scheme, {
      batch,
      microBatch,
      form,
      frozenPrecision,
      split,
      recompute,
    });
    expectWithinLimits(plan, describeCase(theCase));
  }
});

test('an op that WebGPU does not have is refused by its name', () => {
  const model = MODELS[0]!;
  const plan = { ...planTraining(model, fullScheme(model), { batch: 1 }), isSoftware: false };
  const unknown = { kind: 'fourierTransform' } as unknown as Op;
  expect(() => kernelOf(plan, unknown)).toThrow(new RangeError('op "fourierTransform" is not yet on WebGPU'));
});
