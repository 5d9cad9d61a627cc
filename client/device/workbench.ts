// The one trainer of a device: planned for an assignment's scheme within the declared budget, kept while nothing of
// that changes, disposed before the next one exists. What its arena holds: shared/device/holdings.ts.

import { parametersOf, type ModelSpec } from '../../shared/engine/model.ts';
import { precisionsOf } from '../../shared/engine/parameterTransfer.ts';
import type { TrainingPlan } from '../../shared/engine/plan.ts';
import { planTraining } from '../../shared/engine/planTraining.ts';
import { trainedSlices, type UpdateScheme } from '../../shared/engine/scheme.ts';
import { enforcesBudget, type Trainer } from '../../shared/engine/trainer.ts';
import { coarserOf } from '../../shared/contract/blockForm.ts';
import { uploadOf } from '../../shared/contract/deltaBytes.ts';
import type { Assignment, Holding } from '../../shared/contract/messages.ts';
import {
  arrived,
  begun,
  holdingOf,
  lacksBlocks,
  nothingHeld,
  withKept,
  type Holdings,
} from '../../shared/device/holdings.ts';
import type { BlockStore } from './blockStore.ts';
import { loadBlocks, splitMessage } from './transfer.ts';

export interface Workbench {
  /** What the arena holds, and where it holds nothing what is kept in the store. */
  holding(): Holding;
  /**
   * The trainer for an assignment, its blocks loaded; null when the scheme changed and so the new arena lacks blocks
   * that the old one held: `holding` then says so, and the next assignment brings them. Never do two arenas exist.
   * Rejects with BudgetError when the scheme does not fit the budget, RangeError when the blocks are malformed.
   */
  prepare(assignment: Assignment, blocks: ArrayBuffer, budgetBytes: number): Promise<Trainer | null>;
  /** What of the last update has not travelled lies in the arena, at the front of its transfer buffer, and is to be kept. */
  keepUnsent(unsent: Float32Array): void;
  /** What was kept, once; null where there is nothing or a new arena or a refusal did away with it. */
  takeUnsent(): Float32Array | null;
  /** Frees the arena, after a `prepare` under way. */
  clear(): Promise<void>;
}

export function createWorkbench(
  model: ModelSpec,
  createTrainer: (plan: TrainingPlan) => Trainer | Promise<Trainer>,
  state: { holdings: Holdings },
  store: BlockStore | null = null,
  isProvisional: () => boolean = () => false,
): Workbench {
  const parameters = parametersOf(model);
  let unsent: Float32Array | null = null;
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
    forget();
  }

  /** Nothing of what the arena holds is worth anything any more. */
  function forget(): void {
    state.holdings = nothingHeld(parameters.length);
    unsent = null;
  }

  async function prepare(
    assignment: Assignment,
    blocks: ArrayBuffer,
    budgetBytes: number,
  ): Promise<Trainer | null> {
    const { scheme, localWork, encoding } = assignment;
    const { batch } = localWork;
    const upload = uploadOf(encoding);
    // Where its window lies makes no difference to the plan of a width slice.
    const wanted = JSON.stringify([scheme.width?.ratio, scheme.entries, batch, budgetBytes]);
    if (!trainer || key !== wanted || (state.holdings.hasMoved && isProvisional())) {
      dispose();
      trainer = await createTrainer(
        planTraining(await modelOf(scheme), scheme, { batch, budgetBytes, upload }),
      );
      key = wanted;
      if (!scheme.width) await loadStored(trainer, assignment);
    } else if (state.holdings.width?.offset !== scheme.width?.offset) {
      forget();
    }
    const trained = trainedSlices(trainer.plan.model, scheme).map(({ parameter }) => parameter);
    state.holdings = begun(state.holdings, assignment, trained);
    const isHeld = state.holdings.held.map((version) => version >= 0);
    const loaded = loadBlocks(trainer, assignment, isHeld, blocks, unsent?.byteLength ?? 0);
    state.holdings = arrived(state.holdings, loaded, precisionsOf(trainer.plan));
    storeBlocks(assignment, blocks);
    return lacksBlocks(state.holdings) ? null : trainer;
  }

  /** What the scheme's entries refer to; the code for width slices is fetched where there is one. */
  async function modelOf(scheme: UpdateScheme): Promise<ModelSpec> {
    if (!scheme.width) return model;
    const { modelOfScheme } = await import('../../shared/engine/schemeModel.ts');
    return modelOfScheme(model, scheme);
  }

  /** Into a new arena: what the assignment leaves out, or brings a slice of, and what was kept. */
  async function loadStored(into: Trainer, { scheme, blocks }: Assignment): Promise<void> {
    const brought = new Set(blocks.filter(({ part }) => part === 'whole').map(({ tensor }) => tensor));
    for (const block of store?.blocks ?? []) {
      const { tensor, precision } = block;
      const bytes = brought.has(tensor) ? null : await store!.read(tensor);
      if (!bytes) continue;
      loadBlocks(into, { scheme, blocks: [{ ...block, part: 'whole' }] }, [], bytes);
      const inArena = coarserOf(precision, precisionsOf(into.plan)[tensor]!);
      state.holdings = withKept(state.holdings, [{ ...block, precision: inArena }]);
    }
  }

  /** Keeps the tensors that came whole, but for those of which all is trained. */
  function storeBlocks(assignment: Assignment, message: ArrayBuffer): void {
    if (!store || assignment.scheme.width) return;
    const trained = new Map(trainedSlices(model, assignment.scheme).map((slice) => [slice.parameter, slice]));
    for (const { header, bytes } of splitMessage(model, assignment, message)) {
      if (header.part === 'whole' && trained.get(header.tensor)?.size !== parameters[header.tensor]!.size)
        store.keep(header, bytes.slice().buffer);
    }
  }

  return {
    holding: () => holdingOf(state.holdings, store?.blocks),
    prepare: (assignment, blocks, budgetBytes) => inTurn(() => prepare(assignment, blocks, budgetBytes)),
    keepUnsent(rest) {
      unsent = rest;
    },
    takeUnsent() {
      const taken = unsent;
      unsent = null;
      return taken;
    },
    clear: () => inTurn(dispose),
  };
}

/** What a trainer holds: by its plan, or as measured where the plan does not bound it. */
export function heldMemory({ plan, backend, allocatedBytes }: Trainer) {
  return { deviceBytes: enforcesBudget(backend) ? plan.deviceBytes : allocatedBytes, allocatedBytes };
}
