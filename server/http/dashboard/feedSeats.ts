// Who may hold a feed open: so many at once, shared between addresses where they are short. Whoever has the token always
// gets one. Knows nothing of what a feed tells.

const MOST_SEATS = 500;
/** Of one address, where there are others as well: dashboards of a whole school. */
const MOST_OF_ADDRESS = 200;

export interface Seat {
  readonly address: string;
  /** Came with the token. */
  readonly isAdmin: boolean;
  /** Its place is needed by another. */
  readonly giveUp: () => void;
}

export interface FeedSeats {
  /** False: there is none. True: it has one until it gives it back. */
  take(seat: Seat): boolean;
  giveBack(seat: Seat): void;
}

export function createFeedSeats(mostSeats = MOST_SEATS, mostOfAddress = MOST_OF_ADDRESS): FeedSeats {
  /** Longest held first. */
  const seats = new Set<Seat>();

  const ofAddress = (address: string): number =>
    [...seats].filter((seat) => seat.address === address && !seat.isAdmin).length;

  /** The one held longest of the address that holds most; of those without the token. */
  function dearest(): Seat | undefined {
    const counts = new Map<string, number>();
    for (const { address, isAdmin } of seats)
      if (!isAdmin) counts.set(address, (counts.get(address) ?? 0) + 1);
    const [most] = [...counts].sort(([, a], [, b]) => b - a);
    return [...seats].find(({ address, isAdmin }) => !isAdmin && address === most?.[0]);
  }

  return {
    take(seat) {
      const own = ofAddress(seat.address);
      if (!seat.isAdmin && own >= mostOfAddress) return false;
      if (seats.size >= mostSeats) {
        const other = dearest() ?? (seat.isAdmin ? [...seats][0] : undefined);
        if (!other || (!seat.isAdmin && ofAddress(other.address) <= own + 1)) return false;
        seats.delete(other);
        other.giveUp();
      }
      seats.add(seat);
      return true;
    },
    giveBack: (seat) => void seats.delete(seat),
  };
}
