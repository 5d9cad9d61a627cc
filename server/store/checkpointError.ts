// The error of the store: a run folder that cannot be opened or gone on with.

/**
 * - `damaged`: acknowledged events, or lines that people read, are missing or unreadable
 * - `conflict`: the folder holds another run than the one asked for
 * - `format`: another version of Minnow wrote it
 * - `locked`: another server has the folder open
 * - `unusable`: the disk refused while it was opened
 * - `writeFailed`: the disk refused; nothing is acknowledged any more
 */
export type CheckpointErrorCode = 'damaged' | 'conflict' | 'format' | 'locked' | 'unusable' | 'writeFailed';

export class CheckpointError extends Error {
  readonly code: CheckpointErrorCode;

  constructor(code: CheckpointErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CheckpointError';
    this.code = code;
  }
}
