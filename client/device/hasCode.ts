// Which of the conditions that a caller branches on an error tells of (shared/engine/errors.ts).

export function hasCode(error: unknown, code: 'budget' | 'divergence' | 'backend'): error is Error {
  return error instanceof Error && (error as { code?: unknown }).code === code;
}
