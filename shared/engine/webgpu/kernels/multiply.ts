// The matrix product that dense and convolution kernels are: a register tile an invocation, the sum over the depth
// cut into slices that a workgroup adds up in its own memory. Operands are read where they lie; nothing is unfolded.
//
//     y[row, column] = finish( sum over the loops of A(row_start(row) + a) * B(column_start(column) + b) )

import { kernel, powerOfTwo, type Extent, type Kernel, type KernelPlan } from './kernel.ts';

/** One of the nested loops of the depth: its length, and what its variable adds to the two operands' words. */
export interface Loop {
  readonly times: string;
  readonly a: (k: string) => string;
  readonly b: (k: string) => string;
}

export interface Multiply {
  readonly rows: Extent;
  readonly columns: number;
  /** Rows of a full micro-batch, and products a sum: decide the tile. */
  readonly mostRows: number;
  readonly depth: number;
  /** Outermost first. */
  readonly loops: readonly Loop[];
  /** WGSL of an operand at a place, the innermost loop's variable being `k`; default: the word of the arena. */
  readonly loadA?: (place: string, k: string) => string;
  readonly loadB?: (place: string) => string;
  /** Index of the loop that slices share out. */
  readonly sliced: number;
  /** WGSL, by column `n`: what `finish` is given besides; default: nothing of use. */
  readonly perColumn?: (n: string) => string;
  /**
   * WGSL functions `row_start(m)` and `column_start(n)`; `result_start(m)`, a place in the result; and
   * `finish(start, n, sum, column)`, where results of a row are neighbours.
   */
  readonly declarations: string;
}

interface Tile {
  /** Rows and columns an invocation computes; its columns are `lanes` apart so that neighbours read neighbours. */
  readonly rows: number;
  readonly columns: number;
  readonly lanes: number;
  readonly lines: number;
  readonly slices: number;
}

/** Below about as many invocations a GPU idles; more slices then. */
const ENOUGH_INVOCATIONS = 4096;
const FEWEST_PRODUCTS = 8;
const MAX_INVOCATIONS = 256;
/** Floats of workgroup memory, by WebGPU's guaranteed limit. */
const MAX_PARTIALS = 4096;

function tileOf(isSoftware: boolean, product: Multiply): Tile {
  return isSoftware ? softwareTile(product) : gpuTile(product);
}

/** The power of two up to `most` that wastes less than half of itself on `extent`. */
function fit(most: number, extent: number): number {
  return Math.min(most, powerOfTwo(Math.floor(extent / 2) + 1));
}

/** 8 x 8: 16 loads for 64 products. */
function softwareTile({ mostRows, columns: numColumns }: Multiply): Tile {
  const [rows, columns] = [fit(8, mostRows), fit(8, numColumns)];
  const lanes = Math.min(4, powerOfTwo(Math.ceil(numColumns / columns)));
  const lines = Math.min(16 / lanes, powerOfTwo(Math.ceil(mostRows / rows)));
  return { rows, columns, lanes, lines, slices: 1 };
}

function gpuTile({ mostRows, columns: numColumns, depth }: Multiply): Tile {
  const lanes = Math.min(16, powerOfTwo(numColumns));
  const [rows, columns] = [fit(4, mostRows), fit(4, Math.floor(numColumns / lanes))];
  const invocations = Math.ceil(mostRows / rows) * Math.ceil(numColumns / (lanes * columns)) * lanes;
  const mostSlices = Math.min(
    64,
    MAX_INVOCATIONS / lanes,
    MAX_PARTIALS / (rows * columns * lanes),
    ENOUGH_INVOCATIONS / invocations,
    depth / FEWEST_PRODUCTS,
  );
  const slices = 2 ** Math.max(0, Math.floor(Math.log2(mostSlices)));
  const room = Math.max(1, Math.floor(64 / (lanes * slices)));
  const lines = Math.min(room, powerOfTwo(Math.ceil(mostRows / rows)));
  return { rows, columns, lanes, lines, slices };
}

/** The kernel of a product. */
export function multiply({ isSoftware }: KernelPlan, product: Multiply): Kernel {
  const tile = tileOf(isSoftware, product);
  const { rows, columns, loops, sliced, declarations } = product;
  const {
    perColumn = () => '0.0',
    loadA = (place) => `load(${place})`,
    loadB = (place) => `load(${place})`,
  } = product;
  const rowIndices = [...Array(tile.rows).keys()];
  const columnIndices = [...Array(tile.columns).keys()];
  const pairs = rowIndices.flatMap((i) => columnIndices.map((j) => ({ i, j })));

  const sums = (a: string, b: string): string =>
    [
      ...rowIndices.map((i) => `let x${i} = ${loadA(`a${i} + ${a}`, `k${loops.length - 1}`)};`),
      ...columnIndices.map((j) => `let w${j} = ${loadB(`b${j} + ${b}`)};`),
      ...pairs.map(({ i, j }) => `s${i}_${j} += x${i} * w${j};`),
    ].join('\n');
  let body = sums(loops.map((_, l) => `a_${l}`).at(-1)!, loops.map((_, l) => `b_${l}`).at(-1)!);
  for (let l = loops.length - 1; l >= 0; l--) {
    const loop = loops[l]!;
    const [from, by] = l === sliced && tile.slices > 1 ? ['lane.z', `${tile.slices}u`] : ['0u', '1u'];
    const before = (name: string) => (l === 0 ? '' : `${name}_${l - 1} + `);
    body = `for (var k${l} = ${from}; k${l} < ${loop.times}; k${l} += ${by}) {
let a_${l} = ${before('a')}${loop.a(`k${l}`)};
let b_${l} = ${before('b')}${loop.b(`k${l}`)};
${body}
}`;
  }
  const lanesOfGroup = tile.lanes * tile.lines;
  const perLane = tile.rows * tile.columns;
  // Where tiles fit, no row or column of them need be checked by itself.
  const rowsFit = (rows.divisor ?? 1) % tile.rows === 0;
  const columnsFit = columns % (tile.lanes * tile.columns) === 0;
  const rowAt = (i: number): string =>
    rowsFit ? `min(m, rows - ${tile.rows}u) + ${i}u` : `min(m + ${i}u, rows - 1u)`;
  const column = (j: number): string => `n + ${j * tile.lanes}u`;
  const isInside = (i: number, j: number): string =>
    [rowsFit ? 'm < rows' : `m + ${i}u < rows`, ...(columnsFit ? [] : [`${column(j)} < ${columns}u`])].join(
      ' && ',
    );
  const finishOne = ({ i, j }: { i: number; j: number }): string =>
    `finish(r${i}, ${column(j)}, s${i}_${j}, c${j});`;
  const finish =
    tile.slices === 1
      ? [
          ...columnIndices.map(
            (j) => `let c${j} = ${perColumn(columnsFit ? column(j) : `min(${column(j)}, ${columns - 1}u)`)};`,
          ),
          ...rowIndices.map((i) => `let r${i} = result_start(${rowAt(i)});`),
          ...(rowsFit && columnsFit
            ? ['if (m < rows) {', ...pairs.map(finishOne), '}']
            : pairs.map((pair) => `if (${isInside(pair.i, pair.j)}) { ${finishOne(pair)} }`)),
        ]
      : [
          `let place = lane.y * ${tile.lanes}u + lane.x;`,
          ...pairs.map(
            ({ i, j }, index) =>
              `parts[(${index}u * ${tile.slices}u + lane.z) * ${lanesOfGroup}u + place] = s${i}_${j};`,
          ),
          'workgroupBarrier();',
          `for (var index = lane.z; index < ${perLane}u; index += ${tile.slices}u) {
let row = m + index / ${tile.columns}u;
let column = n + (index % ${tile.columns}u) * ${tile.lanes}u;
var sum = 0.0;
for (var z = 0u; z < ${tile.slices}u; z++) { sum += parts[(index * ${tile.slices}u + z) * ${lanesOfGroup}u + place]; }
if (row < rows && column < ${columns}u) { finish(result_start(row), column, sum, ${perColumn('column')}); }
}`,
        ];
  const code = `${declarations}
${tile.slices > 1 ? `var<workgroup> parts: array<f32, ${perLane * lanesOfGroup * tile.slices}>;` : ''}
@compute @workgroup_size(${tile.lanes}, ${tile.lines}, ${tile.slices})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u) {
let rows = ${rows.code};
let m = (group.y * ${tile.lines}u + lane.y) * ${tile.rows}u;
let n = group.x * ${tile.lanes * tile.columns}u + lane.x;
${rowIndices.map((i) => `let a${i} = row_start(${rowAt(i)});`).join('\n')}
${columnIndices.map((j) => `let b${j} = column_start(${columnsFit ? column(j) : `min(${column(j)}, ${columns - 1}u)`});`).join('\n')}
${pairs.map(({ i, j }) => `var s${i}_${j} = 0.0;`).join('\n')}
${body}
${finish.join('\n')}
}
`;
  return kernel(code, (count) => [
    Math.ceil(columns / (tile.lanes * tile.columns)),
    Math.ceil(rows.of(count) / (tile.lines * tile.rows)),
    1,
  ]);
}
