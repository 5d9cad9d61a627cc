// What a person may be told of own data that could not be done. Its name crosses from the Worker with the Error and picks the
// page's words; the message is what is said where there are none.

export type OwnProblemName =
  | 'notKept'
  | 'notDeleted'
  | 'noneToTakeBack'
  | 'noneToTrainOn'
  | 'tooMany'
  | 'tooLargeToTry'
  | 'putAway'
  | 'stopped'
  | 'modelGone'
  | 'serverSilent'
  | 'codeMissing'
  // The engine's (shared/engine/errors.ts).
  | 'BudgetError'
  | 'BackendError'
  | 'DivergenceError';

/** An Error is one; any other name is of an error that nobody has foreseen. */
export type OwnProblem = Pick<Error, 'name' | 'message'>;

export function ownError(name: OwnProblemName, message: string, options?: ErrorOptions): Error {
  const error = new Error(message, options);
  error.name = name;
  return error;
}

/** What can be cloned of whatever was thrown. */
export function describeProblem(thrown: unknown): OwnProblem {
  if (!(thrown instanceof Error)) return { name: '', message: String(thrown) };
  return { name: thrown.name, message: thrown.message };
}
