/** Thrown to whatever a process does after its end: nothing of that has any effect. */
export class ProcessEnded extends Error {
  override name = 'ProcessEnded';
}
