// The words of a catalogue, one by one.

export type Leaf = readonly [path: string, value: unknown];

export function leavesOf(tree: object, prefix = ''): Leaf[] {
  return Object.entries(tree).flatMap(([key, value]: [string, unknown]): Leaf[] =>
    typeof value === 'object' && value !== null
      ? leavesOf(value, `${prefix}${key}.`)
      : [[prefix + key, value]],
  );
}
