// Assignments are numbered within a run; on the wire they are named after run and number. Pure.

/** `RUN-NUMBER`. */
export function assignmentId(runId: string, number: number): string {
  return `${runId}-${number}`;
}

/** The number of an assignment of this run below `next`, or null for a name that was never given. */
export function parseAssignmentId(runId: string, id: string, next: number): number | null {
  if (!id.startsWith(`${runId}-`)) return null;
  const digits = id.slice(runId.length + 1);
  if (!/^(0|[1-9]\d{0,14})$/.test(digits)) return null;
  const number = Number(digits);
  return number < next ? number : null;
}
