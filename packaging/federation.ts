// `minnow/federation`: the coordinator of a run, and the types of a strategy of one's own.

export { resolveRun, type RunConfig, type Strategy } from '../shared/federation/config.ts';
export { createCoordinator, restoreCoordinator, type Coordinator } from '../shared/federation/coordinator.ts';
export type { Effect, FederationEvent } from '../shared/federation/events.ts';
export type {
  DeviceToChooseFor,
  Kept,
  OwnFunctions,
  OwnStrategy,
  TensorToCombine,
  UpdateToWeigh,
} from '../shared/federation/own/ownStrategy.ts';
export { findStrategy, STRATEGY_CHOICES } from '../shared/federation/strategies.ts';
export { createSelector } from '../shared/selection/createSelector.ts';
