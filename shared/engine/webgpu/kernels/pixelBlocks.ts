// What the kernels of grouped convolutions share: a sum an output, few products each, so plain reductions. An invocation makes
// some neighbouring pixels of one channel, or a row of a kernel, which share what they read.

export function numbers(length: number): number[] {
  return [...Array(length).keys()];
}

/** Neighbours that are made at once: as many to each row. */
export function blockOf(width: number): number {
  return [4, 3, 2].find((size) => width % size === 0) ?? 1;
}

/** WGSL lets `PREFIX0`, `PREFIX1`, ...: words that lie `step` apart. */
export function loads(prefix: string, length: number, first: string, step: number): string {
  return numbers(length)
    .map((i) => `let ${prefix}${i} = load(${first} + ${i * step}u);`)
    .join('\n');
}

/** WGSL lets `c`, `j` (first of its block), `line` and `pixel` of element e, that counts blocks of pixels. */
export function splitBlocks(channels: number, width: number): string {
  const blocks = width / blockOf(width);
  return `let c = e % ${channels}u; let line = e / ${channels * blocks}u;
let j = (e / ${channels}u) % ${blocks}u * ${blockOf(width)}u; let pixel = line * ${width}u + j;`;
}
