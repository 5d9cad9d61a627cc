// What must hold after every event, whatever happens. The first that does not ends the seed.

export type Invariant =
  /** What was acknowledged counts exactly once, kills included, or the start says how much is lost. */
  | 'countsOnce'
  /** The state after a start is one that there was, with all that was told in it. */
  | 'restoredAsItWas'
  /** Where nothing was damaged every start succeeds, and where it refuses it is in words. */
  | 'startsOrSaysWhy'
  /** No version that anybody was told of is ever followed by an older one. */
  | 'versionNeverGoesBack'
  /** The same upload is always answered in the same way; a message is answered once. */
  | 'answersHold'
  /** A device trains what the server had at that version. */
  | 'baseIsRight'
  /** Leases end in time, and nobody holds two. */
  | 'leasesEnd'
  /** Buffer, devices, connections and files stay within bounds. */
  | 'memoryIsBounded'
  /** An honest device is never told to stop, and gets work within a bounded time once faults cease. */
  | 'honestGetWork'
  /** No fault of ours: no exception that is none of the disk's. */
  | 'noFault';

export class InvariantBroken extends Error {
  readonly invariant: Invariant;

  constructor(invariant: Invariant, message: string) {
    super(`${invariant}: ${message}`);
    this.name = 'InvariantBroken';
    this.invariant = invariant;
  }
}

export interface Invariants {
  /** Notes it; thrown at the next `expectHeld`, as whoever noted it may be called by what catches everything. */
  broken(invariant: Invariant, message: string): void;
  expectHeld(): void;
}

export function createInvariants(): Invariants {
  let first: InvariantBroken | null = null;
  return {
    broken(invariant, message) {
      first ??= new InvariantBroken(invariant, message);
    },
    expectHeld() {
      if (first !== null) throw first;
    },
  };
}
