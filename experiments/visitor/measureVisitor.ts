// What a device of 256 KiB that comes and goes twenty times costs the others: the production coordinator and the engine in
// virtual time. Its budget is all that differs from the control, where it comes and goes alike with a phone's.
//
//     npx tsx experiments/visitor/measureVisitor.ts --data-dir FOLDER --seeds 1,2,3 --out experiments/visitor/results/FILE.json

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { createComputePool } from '../../server/simulate/pool/computePool.ts';
import { simulate } from '../../server/simulate/simulate.ts';
import type { SimulationInput } from '../../shared/simulate/simulationConfig.ts';

const KIB = 1024;
const VISITOR_BYTES = 256 * KIB;
const PHONE_BYTES = 4096 * KIB;
const NUM_VISITS = 20;
/** Away for longer than the grace and the wait before the choice is relaxed. */
const STAY_SECONDS = 10;
const AWAY_SECONDS = 50;

const CASES = {
  control: { subset: 'weakest', visitorBytes: PHONE_BYTES },
  weakest: { subset: 'weakest', visitorBytes: VISITOR_BYTES },
  tailored: { subset: 'tailored', visitorBytes: VISITOR_BYTES },
  'weakest with a floor': { subset: 'weakest', floorBytes: 512 * KIB, visitorBytes: VISITOR_BYTES },
} as const;
type CaseName = keyof typeof CASES;

interface Cell {
  readonly case: CaseName;
  readonly seed: number;
  readonly accuracy: number;
  /** Means over the last tenth of the run and over all of it, on validation data. */
  readonly lateAccuracy: number;
  readonly meanAccuracy: number;
  readonly updates: number;
  readonly visitorUpdates: number;
  readonly schemes: readonly { readonly trainedShare: number; readonly assignments: number }[];
}

function configOf(name: CaseName, seed: number): SimulationInput {
  const { visitorBytes, ...subset } = CASES[name];
  const network = { latencyMs: 30, downKBps: 3000, upKBps: 1000 };
  return {
    task: 'fashion',
    devices: 20,
    seed,
    ...subset,
    deal: 'dirichlet:1',
    samplesPerDevice: 60,
    localWork: { epochs: 1 },
    graceSeconds: 5,
    searchSeconds: 5,
    evaluateEverySeconds: 20,
    world: {
      classes: [
        {
          name: 'phone',
          budgetBytes: PHONE_BYTES,
          flopsPerSecond: 4e7,
          speedSpread: 0.3,
          network,
          share: 19,
        },
        {
          name: 'visitor',
          budgetBytes: visitorBytes,
          flopsPerSecond: 4e8,
          network,
          share: 1,
          schedule: { staySeconds: STAY_SECONDS, awaySeconds: AWAY_SECONDS },
        },
      ],
    },
    stop: { virtualSeconds: NUM_VISITS * (STAY_SECONDS + AWAY_SECONDS) },
  };
}

const { dataDir, seeds, out } = new Command()
  .requiredOption('--data-dir <folder>')
  .requiredOption('--seeds <list>')
  .requiredOption('--out <file>')
  .parse()
  .opts<{ dataDir: string; seeds: string; out: string }>();
const cells: Cell[] = existsSync(out) ? (JSON.parse(readFileSync(out, 'utf8')) as Cell[]) : [];
const pool = createComputePool();
for (const seed of seeds.split(',').map(Number)) {
  for (const name of Object.keys(CASES) as CaseName[]) {
    if (cells.some((cell) => cell.case === name && cell.seed === seed)) continue;
    const result = await simulate(configOf(name, seed), { pool, dataDir });
    const scores = result.curve.map(({ accuracy }) => accuracy);
    const cell: Cell = {
      case: name,
      seed,
      accuracy: result.finalAccuracy,
      lateAccuracy: mean(scores.slice(-Math.ceil(scores.length / 10))),
      meanAccuracy: mean(scores),
      updates: result.updates,
      visitorUpdates: result.byClass['visitor']!.updates,
      schemes: result.schemes.map(({ trainedShare, assignments }) => ({ trainedShare, assignments })),
    };
    cells.push(cell);
    writeFileSync(out, `${JSON.stringify(cells, null, 2)}\n`);
    console.log(JSON.stringify(cell), `${Math.round(result.wallSeconds)} s`);
  }
}
await pool.close();

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
