// Names of clients as they come, one for each sample -> each name once, and numbers. Exact: `7` and `07` are two.

export interface ClientNames {
  /** The number of the client of that name. */
  numberOf(name: string): number;
  readonly names: readonly string[];
}

export function createClientNames(): ClientNames {
  const numbers = new Map<string, number>();
  const names: string[] = [];
  return {
    names,
    numberOf(name) {
      const known = numbers.get(name);
      if (known !== undefined) return known;
      // A piece of a line of a file would keep all of what was read with it.
      const own = Buffer.from(name, 'utf16le').toString('utf16le');
      numbers.set(own, names.length);
      return names.push(own) - 1;
    },
  };
}
