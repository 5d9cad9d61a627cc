// What the encodings of deltas and downloads cost in accuracy: the production coordinator and the engine in virtual time,
// the same seeds for each encoding, and the differences by seed with their interval. Cells that a results file has are kept.
//
//     npx tsx experiments/payload/measurePayload.ts --out experiments/payload/results/FILE.json --data-dir FOLDER

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Command } from 'commander';
import { createComputePool } from '../../server/simulate/pool/computePool.ts';
import { simulate } from '../../server/simulate/simulate.ts';
import type { SimulationInput } from '../../shared/simulate/simulationConfig.ts';

interface Cell {
  readonly task: string;
  readonly encoding: string;
  readonly seed: number;
  readonly accuracy: number;
  readonly versions: number;
  readonly updates: number;
  readonly upBytesPerUpdate: number;
  readonly downBytesPerUpdate: number;
}

const ENCODINGS = [
  { up: 'float32', down: 'float32' },
  { up: 'int8', down: 'int8' },
  { up: 'topk:0.1', down: 'int8' },
  { up: 'topk:0.1', down: 'int4' },
];
/** What each is compared with, paired by seed. */
const FLOAT32 = 'float32/float32';
const USUAL = 'topk:0.1/int8';
const UPDATES = { digits: 300, fashion: 240 } as const;
const LEARNING_RATES = { digits: 0.03, fashion: 0.05 } as const;
/** Two-sided 95 % of Student's t, by degrees of freedom. */
const STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];

/**
 * Everybody has the memory for the whole model, and messages take no time, so that who trains when is the same for all
 * encodings and nothing but them differs.
 */
function configOf(task: keyof typeof UPDATES, seed: number, up: string, down: string): SimulationInput {
  return {
    task,
    devices: 20,
    seed,
    subset: 'full',
    up,
    down,
    deal: 'dirichlet:1',
    samplesPerDevice: 120,
    buffer: 4,
    localWork: { epochs: 1, learningRate: LEARNING_RATES[task] },
    evaluateEverySeconds: 3600,
    world: {
      classes: [
        {
          name: 'phone',
          budgetBytes: 16 * 1024 * 1024,
          flopsPerSecond: 1e9,
          speedSpread: 0.5,
          network: { latencyMs: 50, downKBps: 1e9, upKBps: 1e9 },
          share: 1,
        },
      ],
    },
    stop: { updates: UPDATES[task] },
  };
}

function tableOf(cells: readonly Cell[]): string {
  const lines = [
    '| task | up | down | accuracy | against float32 (points, 95 % by seed) | against topK, int8 | kB up an update | kB down an update |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
  ];
  for (const task of Object.keys(UPDATES)) {
    const ofTask = cells.filter((cell) => cell.task === task);
    for (const { up, down } of ENCODINGS) {
      const row = ofTask.filter(({ encoding }) => encoding === `${up}/${down}`);
      if (row.length === 0) continue;
      const against = (other: string): string => {
        const others = new Map(
          ofTask.filter(({ encoding }) => encoding === other).map((cell) => [cell.seed, cell.accuracy]),
        );
        const differences = row.flatMap(({ seed, accuracy }) =>
          others.has(seed) ? [100 * (accuracy - others.get(seed)!)] : [],
        );
        return other === `${up}/${down}` ? '' : intervalOf(differences);
      };
      const accuracy = `${(100 * mean(row.map((cell) => cell.accuracy))).toFixed(2)} % (${row.length} seeds)`;
      const kilobytes = (of: (cell: Cell) => number) => (mean(row.map(of)) / 1000).toFixed(1);
      lines.push(
        `| ${task} | ${up} | ${down} | ${accuracy} | ${against(FLOAT32)} | ${against(USUAL)} | ${kilobytes((cell) => cell.upBytesPerUpdate)} | ${kilobytes((cell) => cell.downBytesPerUpdate)} |`,
      );
    }
  }
  return lines.join('\n');
}

function intervalOf(differences: readonly number[]): string {
  const middle = mean(differences);
  if (differences.length < 2) return middle.toFixed(2);
  const squares = differences.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  const error = Math.sqrt(squares / (differences.length - 1) / differences.length);
  const half = STUDENT[differences.length - 2]! * error;
  return `${middle >= 0 ? '+' : ''}${middle.toFixed(2)} ± ${half.toFixed(2)}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

async function main(): Promise<void> {
  const { out, dataDir, seeds } = new Command('measurePayload')
    .requiredOption('--out <file>', 'results, JSON; cells that it has are not computed again')
    .requiredOption('--data-dir <folder>', 'data files of fashion')
    .option('--seeds <N>', 'seeds of each cell', Number, 5)
    .parse()
    .opts<{ out: string; dataDir: string; seeds: number }>();
  const cells: Cell[] = existsSync(out)
    ? (JSON.parse(readFileSync(out, 'utf8')) as { cells: Cell[] }).cells
    : [];
  const pool = createComputePool();
  for (let seed = 1; seed <= seeds; seed++)
    for (const task of ['digits', 'fashion'] as const)
      for (const { up, down } of ENCODINGS) {
        const encoding = `${up}/${down}`;
        if (cells.some((cell) => cell.task === task && cell.encoding === encoding && cell.seed === seed))
          continue;
        const result = await simulate(configOf(task, seed, up, down), { pool, dataDir });
        const { finalAccuracy: accuracy, versions, updates } = result;
        cells.push({
          task,
          encoding,
          seed,
          accuracy,
          versions,
          updates,
          upBytesPerUpdate: result.payloadUpBytes / updates,
          downBytesPerUpdate: result.payloadDownBytes / updates,
        });
        const machine = `${cpus().length} x ${cpus()[0]!.model}, Node ${process.version}`;
        writeFileSync(out, `${JSON.stringify({ machine, cells }, null, 2)}\n`);
        console.error(`${task} ${encoding} seed ${seed}: ${accuracy}`);
      }
  await pool.close();
  console.log(tableOf(cells));
}

await main();
