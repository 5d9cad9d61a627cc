// Seeded randomness whose whole state is one number, so that a checkpoint can hold it.

/** A stream of random numbers. `state` alone continues it: `createRandom(random.state)`. */
export interface Random {
  readonly state: number;
  /** Uniform in [0, 1), 32 bits. */
  uniform(): number;
  /** Standard normal (Box-Muller, one value a call, no hidden second value). */
  normal(): number;
  /** Uniform integer in [0, bound). */
  integer(bound: number): number;
  /** Shuffles in place (Fisher-Yates) and returns the same array. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T;
}

/** Mixes whole numbers into one 32-bit seed, so that (seed, device, assignment) give independent streams. */
export function mixSeed(...parts: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) {
    hash = Math.imul(hash ^ (part | 0), 0x85ebca6b);
    hash ^= hash >>> 13;
    hash = Math.imul(hash, 0xc2b2ae35) + 0x27d4eb2f;
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

/** A stream from a seed or from a saved state (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  function uniform(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  return {
    get state() {
      return state;
    },
    uniform,
    normal() {
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      return radius * Math.cos(2 * Math.PI * uniform());
    },
    integer(bound) {
      return Math.floor(uniform() * bound);
    },
    shuffle(items) {
      const cells = items as { length: number; [index: number]: unknown };
      for (let i = items.length - 1; i > 0; i--) {
        const j = Math.floor(uniform() * (i + 1));
        const kept = cells[i];
        cells[i] = cells[j];
        cells[j] = kept;
      }
      return items;
    },
  };
}
