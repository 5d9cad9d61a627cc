// The planner, fetched by the dashboard when there is a class of devices to plan for: draws what such a device holds.

import { drawArena } from '../../shared/engine/drawArena.ts';
import type { ModelSpec } from '../../shared/engine/model.ts';
import { planTraining } from '../../shared/engine/planTraining.ts';
import type { UpdateScheme } from '../../shared/engine/scheme.ts';
import { modelOfScheme } from '../../shared/engine/schemeModel.ts';
import type { DashboardWords } from './english.ts';

export interface ArenaPicture {
  /** An SVG document in the page's colours. */
  readonly svg: string;
  /** The same in words. */
  readonly note: string;
}

/** Throws BudgetError where the scheme does not fit the budget. */
export function pictureArena(
  model: ModelSpec,
  scheme: UpdateScheme,
  batch: number,
  budgetBytes: number,
  { arena, formats }: DashboardWords,
): ArenaPicture {
  const plan = planTraining(modelOfScheme(model, scheme), scheme, { batch, budgetBytes });
  const { deviceBytes, microBatch } = plan;
  return {
    svg: drawArena(plan, { paper: 'var(--surface)', ink: 'var(--ink)' }, arena),
    note: arena.note(formats.bytes(budgetBytes), microBatch, batch, formats.bytes(deviceBytes)),
  };
}
