// Which register tile multiplies fastest on this machine, by a short race over one small convolution. Pure: the clock is
// handed in. The sums are added in the same order whatever the tile, so the choice changes no result.

import type { ConvGeometry } from '../ops/conv2d/geometry.ts';
import type { Op } from '../ops/ops.ts';
import type { ArenaTensor, TensorRole } from '../tensors.ts';
import { DEFAULT_TILE, emitModule } from './code/emitModule.ts';
import type { ModuleExports } from './code/emitModule.ts';
import { emitCommonOp } from './kernels/emitCommonOp.ts';
import type { RegisterTile } from './kernels/kernel.ts';
import { vectorLanes, type Variant } from './code/lanes.ts';

/**
 * The default first: best of thirteen on x86-64 with its 16 vector registers (bench/results), where the others spill and
 * lose; ARM64 has 32.
 */
const CANDIDATES: readonly RegisterTile[] = [DEFAULT_TILE, { rows: 4, columns: 16 }, { rows: 8, columns: 8 }];
/** Clocks of browsers tick every 0.1 or 1 ms, so that a race this short is wrong by some percent. */
const CLEARLY_FASTER = 0.9;
/** No tile is this much better: the default ran in the engine's baseline code, or while something else did. */
const TOO_GOOD = 0.5;
const DEFAULT_BUDGET_MS = 30;
/** Share of the budget in which the engine may notice that the code is hot and optimise it. */
const WARM_UP = 0.5;
const RUNS_A_TURN = 2;
/** With fewer than this the machine was busy with something else. */
const FEWEST_TURNS = 3;

export interface TuneParts {
  readonly variant: Variant;
  /** Milliseconds. */
  now(): number;
  readonly budgetMs?: number;
}

/** The fastest of the candidates within about `budgetMs`; the default where nothing is clearly better. */
export function tuneTile({ variant, now, budgetMs = DEFAULT_BUDGET_MS }: TuneParts): RegisterTile {
  if (variant === 'scalar') return DEFAULT_TILE;
  const lanes = vectorLanes(variant);
  const startedMs = now();
  const products = representativeProducts();
  const memory = new WebAssembly.Memory({ initial: products.pages, maximum: products.pages });
  const racers = CANDIDATES.map((tile) => {
    const module = new WebAssembly.Module(
      emitModule(products, lanes, emitCommonOp, { programs: ['train'], tile }),
    );
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return { tile, train: (exports as unknown as ModuleExports).train, turnsMs: [] as number[] };
  });
  let nowMs = now();
  while (nowMs - startedMs < budgetMs) {
    const isWarm = nowMs - startedMs >= WARM_UP * budgetMs;
    for (const { train, turnsMs } of racers) {
      const fromMs = nowMs;
      for (let run = 0; run < RUNS_A_TURN; run++) train(1, 1, 0, 0, 0);
      nowMs = now();
      if (isWarm) turnsMs.push(nowMs - fromMs);
    }
  }
  if (racers[0]!.turnsMs.length < FEWEST_TURNS) return DEFAULT_TILE;
  const times = racers.map(({ turnsMs }) => sumOfFaster(turnsMs));
  const fastest = times.indexOf(Math.min(...times));
  const ratio = times[fastest]! / times[0]!;
  return ratio < CLEARLY_FASTER && ratio > TOO_GOOD ? racers[fastest]!.tile : DEFAULT_TILE;
}

/** Of three quarters of the turns, so that a few in which another thread had the core do not count. */
function sumOfFaster(turnsMs: readonly number[]): number {
  const sorted = [...turnsMs].sort((a, b) => a - b);
  return sorted.slice(0, Math.ceil(0.75 * sorted.length)).reduce((sum, ms) => sum + ms, 0);
}

const SIZE = 12;
const GEOMETRY: ConvGeometry = {
  kernelHeight: 3,
  kernelWidth: 3,
  stride: 1,
  padTop: 0,
  padLeft: 0,
  inputChannels: 16,
  filters: 32,
  groups: 1,
};

/** A convolution and its weight gradient, the two shapes of product, within a first cache; over zeroes. */
function representativeProducts() {
  const tensors: ArenaTensor[] = [];
  let end = 0;
  const add = (role: TensorRole, size: number, shape: Partial<ArenaTensor>): number => {
    const id = tensors.length;
    const common = { id, name: role, role, elementType: 'float32', matrix: null, layout: null } as const;
    tensors.push({ ...common, perBatch: false, size, bytes: size * 4, offset: end, ...shape });
    end += Math.ceil(size / 4) * 16;
    return id;
  };
  const image = (extent: number, channels: number): number => {
    const [height, width] = [extent, extent];
    const layout = { height, width, channels, rows: height, columns: width, top: 0, left: 0, step: 1 };
    return add('activation', extent * extent * channels, { layout });
  };
  const { kernelHeight, kernelWidth, inputChannels: inputs, filters: outputs } = GEOMETRY;
  const matrix = { positions: kernelHeight * kernelWidth, inputs, outputs };
  const weight = add('parameter', matrix.positions * inputs * outputs, { matrix });
  const bias = add('parameter', outputs, { matrix: { positions: 1, inputs: 1, outputs } });
  const [x, y] = [image(SIZE + kernelHeight - 1, inputs), image(SIZE, outputs)];
  const target = { kind: 'sgd', weight, inputs: [0, inputs], outputs: [0, outputs] } as const;
  const train: Op[] = [
    { kind: 'conv2d', x, weight, bias, y, geometry: GEOMETRY, activation: null, pool: null },
    { kind: 'conv2dWeightGrad', x, dy: y, target, geometry: GEOMETRY },
  ];
  const programs = { begin: [], train, apply: [], evaluate: [], predict: [] };
  return { programs, tensors, pages: Math.ceil(end / 65536) };
}
