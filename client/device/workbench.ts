// The one trainer of a device: planned for an assignment's scheme within the declared budget, kept while nothing of
// that changes, disposed before the next one exists. Also knows which blocks the arena holds, by version.

import { parametersOf, type ModelSpec, type ParameterSpec } from '../../shared/engine/model.ts';
import type { TrainingPlan } from '../../shared/engine/plan.ts';
import { planTraining } from '../../shared/engine/planTraining.ts';
import type { Trainer } from '../../shared/engine/trainer.ts';
import type { Assignment } from '../../shared/protocol/messages.ts';
import type { LayerShare } from './deviceState.ts';
import { loadBlocks } from './transfer.ts';

export interface Workbench {
  /** Version of each parameter tensor held unchanged, -1 where none is; in the model's order. */
  readonly held: readonly number[];
  /**
   * The trainer for an assignment, its blocks loaded; null when the scheme changed and so the new arena lacks blocks
   * that the old one held: `held` then says so, and the next assignment brings them. Never do two arenas exist.
   * Rejects with BudgetError when the scheme does not fit the budget, RangeError when the blocks are malformed.
   */
  prepare(assignment: Assignment, blocks: ArrayBuffer, budgetBytes: number): Promise<Trainer | null>;
  /** The tensors that the present plan trains are no longer any version's. */
  forgetTrained(): void;
  /** Frees the arena, after a `prepare` under way. */
  clear(): Promise<void>;
}

export function createWorkbench(
  model: ModelSpec,
  createTrainer: (plan: TrainingPlan) => Trainer | Promise<Trainer>,
): Workbench {
  const parameters = parametersOf(model);
  const held = parameters.map(() => -1);
  let trainer: Trainer | null = null;
  let key = '';
  /** Ends when all that was asked for before has ended: creating and disposing never overlap. */
  let idle: Promise<unknown> = Promise.resolve();

  function inTurn<T>(work: () => T | Promise<T>): Promise<T> {
    const done = idle.then(work);
    idle = done.catch(() => undefined);
    return done;
  }

  function dispose(): void {
    trainer?.dispose();
    trainer = null;
    key = '';
    held.fill(-1);
  }

  async function prepare(
    assignment: Assignment,
    blocks: ArrayBuffer,
    budgetBytes: number,
  ): Promise<Trainer | null> {
    const { scheme, localWork } = assignment;
    const wanted = JSON.stringify([scheme, localWork.batch, budgetBytes]);
    if (!trainer || key !== wanted) {
      dispose();
      trainer = await createTrainer(planTraining(model, scheme, { batch: localWork.batch, budgetBytes }));
      key = wanted;
    }
    const tensors = assignment.blocks.map((block) => block.tensor);
    loadBlocks(trainer, parameters, tensors, blocks);
    for (const { tensor, version } of assignment.blocks) held[tensor] = version;
    return held.includes(-1) ? null : trainer;
  }

  return {
    held,
    prepare: (assignment, blocks, budgetBytes) => inTurn(() => prepare(assignment, blocks, budgetBytes)),
    forgetTrained() {
      const trained = new Set(trainer?.plan.scheme.entries.map((entry) => entry.tensor));
      parameters.forEach((parameter, index) => {
        if (trained.has(parameter.name)) held[index] = -1;
      });
    },
    clear: () => inTurn(dispose),
  };
}

/** How much of each layer a plan trains, in the model's order. */
export function layerShares(plan: TrainingPlan): LayerShare[] {
  const trained = new Map<string, number>();
  for (const { tensor, output, input } of plan.scheme.entries) {
    const kernel = kernelSize(plan, tensor);
    const size = (output[1] - output[0]) * (input[1] - input[0]) * kernel;
    trained.set(tensor, (trained.get(tensor) ?? 0) + size);
  }
  const layers = new Map<string, ParameterSpec[]>();
  for (const parameter of parametersOf(plan.model)) {
    layers.set(parameter.layer, [...(layers.get(parameter.layer) ?? []), parameter]);
  }
  return [...layers].map(([name, tensors]) => {
    const numParameters = tensors.reduce((sum, tensor) => sum + tensor.size, 0);
    const numTrained = tensors.reduce((sum, tensor) => sum + (trained.get(tensor.name) ?? 0), 0);
    return { name, numParameters, trainedShare: numTrained / numParameters };
  });
}

/** Kernel positions of a conv weight; 1 for all other tensors, whose ranges count elements. */
function kernelSize(plan: TrainingPlan, tensor: string): number {
  const layer = plan.model.layers.find((layer) => tensor === `${layer.name}.weight`);
  return layer?.kind === 'conv2d' ? layer.kernel[0] * layer.kernel[1] : 1;
}
