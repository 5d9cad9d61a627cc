// The error of the store: a run folder that cannot be opened or gone on with.

/**
 * - `damaged`: acknowledged events are missing or unreadable
 * - `conflict`: the folder holds another run than the one asked for
 * - `locked`: another server has the folder open
 * - `writeFailed`: the disk refused; nothing is acknowledged any more
 */
export type CheckpointErrorCode = 'damaged' | 'conflict' | 'locked' | 'writeFailed';

export class CheckpointError extends Error {
  readonly code: CheckpointErrorCode;

  constructor(code: CheckpointErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CheckpointError';
    this.code = code;
  }
}
