// What a disk or folder refused, in words that say what to do. Knows nothing of runs.

/** By the system's code: what it means, and what mends it. */
const FAULTS: Readonly<Record<string, readonly [cause: string, remedy: string]>> = {
  ENOSPC: ['the disk is full', 'make room on it'],
  EDQUOT: ['your quota on the disk is used up', 'make room'],
  EFBIG: ['a file would become larger than the disk takes', 'use another disk'],
  EROFS: ['the disk is read-only', 'make it writable, or choose another folder with --runs-dir'],
  EACCES: ['this user may not write there', 'change its rights, or choose another folder with --runs-dir'],
  EPERM: ['this user may not write there', 'change its rights, or choose another folder with --runs-dir'],
  EIO: ['the disk cannot be read or written', 'copy what it holds to another one'],
  ENXIO: ['the disk is gone', 'bring it back'],
  ENODEV: ['the disk is gone', 'bring it back'],
  ESTALE: ['the network disk has lost the folder', 'mount it anew'],
  EMFILE: ['too many files are open', 'allow more (ulimit -n)'],
  ENFILE: ['too many files are open on this machine', 'close some'],
  ENOTDIR: ['a file is where a folder must be', 'move it away'],
  EISDIR: ['a folder is where a file must be', 'move it away'],
};

export interface DiskFault {
  /** With the system's code. */
  readonly cause: string;
  /** An order, without its full stop. */
  readonly remedy: string;
}

/** Null for an error that is none of a disk's. */
export function diskFaultOf(error: unknown): DiskFault | null {
  if (!(error instanceof Error)) return null;
  const { code = '', syscall = 'listen' } = error as NodeJS.ErrnoException;
  const words = FAULTS[code];
  // Addresses have rights, too.
  if (words === undefined || /^(listen|bind|connect)/.test(syscall)) return null;
  const [cause, remedy] = words;
  return { cause: `${cause} (${code})`, remedy };
}
