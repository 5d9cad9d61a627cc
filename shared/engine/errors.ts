// Conditions of the engine that a caller branches on. Everything else is a TypeError, a RangeError or a bug.

/** No plan fits the budget; `smallestBudgetBytes` would do. */
export class BudgetError extends Error {
  readonly code = 'budget';
  readonly budgetBytes: number;
  readonly smallestBudgetBytes: number;

  constructor(modelId: string, budgetBytes: number, smallestBudgetBytes: number) {
    super(
      `no plan of model "${modelId}" fits a budget of ${budgetBytes} bytes; the smallest that would do is ${smallestBudgetBytes} bytes`,
    );
    this.name = 'BudgetError';
    this.budgetBytes = budgetBytes;
    this.smallestBudgetBytes = smallestBudgetBytes;
  }
}

/** Local training left the numbers: a loss or a weight is NaN or infinite. The parameters before the update are intact. */
export class DivergenceError extends Error {
  readonly code = 'divergence';
  readonly step: number;

  constructor(step: number, what: string) {
    super(`local training diverged by step ${step}: ${what}`);
    this.name = 'DivergenceError';
    this.step = step;
  }
}

/** A backend has stopped working (the browser took the GPU away, say), or cannot do what is asked of it; another one may go on. */
export class BackendError extends Error {
  readonly code = 'backend';
  readonly backend: string;

  constructor(backend: string, reason: string, what: 'has failed' | 'cannot run this plan' = 'has failed') {
    super(`backend ${backend} ${what}: ${reason}`);
    this.name = 'BackendError';
    this.backend = backend;
  }
}
