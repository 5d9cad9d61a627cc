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
