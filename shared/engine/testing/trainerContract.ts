// The contract of `Trainer`: one suite that every backend passes.

import { describe } from 'vitest';
import type { TrainingPlan } from '../plan.ts';
import type { Trainer } from '../trainer.ts';
import { createBench, type ContractOptions } from './contractBench.ts';
import { declareHolding } from './trainerHolds.ts';
import { declareLearning } from './trainerLearns.ts';

/** Declares the suite for one backend. */
export function describeTrainer(
  name: string,
  createTrainer: (plan: TrainingPlan) => Trainer | Promise<Trainer>,
  options: ContractOptions = {},
): void {
  const bench = createBench(createTrainer, options);
  describe(`trainer contract: ${name}`, () => {
    declareLearning(bench);
    declareHolding(bench);
  });
}
