// The sentence for a run whose files cannot be written any more.

import { CheckpointError } from './checkpointError.ts';
import { diskFaultOf } from './diskFault.ts';

/** What a write threw, as CheckpointError `writeFailed`: folder, cause and remedy. */
export function writeFailure(folder: string, cause: unknown): CheckpointError {
  if (cause instanceof CheckpointError) return cause;
  const fault = diskFaultOf(cause);
  const [why, remedy] = fault
    ? [fault.cause, `${fault.remedy[0]!.toUpperCase()}${fault.remedy.slice(1)}, then`]
    : [(cause as Error).message, 'When that is mended,'];
  return new CheckpointError(
    'writeFailed',
    `${folder} cannot be written: ${why}. Nothing is acknowledged any more, and nothing that was is lost. ${remedy} go on with --resume`,
    { cause },
  );
}
