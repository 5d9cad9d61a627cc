// How long a CSV file of 60,000 rows and 785 columns takes to open as a task, and how much memory:
// `node --import tsx bench/largeCsv.ts [ROWS]`. The file is made first, in a process of its own, and removed.

import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openOwnTask } from '../server/data/ownTask/openOwnTask.ts';
import { createRandom } from '../shared/random.ts';

const PIXELS = 784;
const MIB = 2 ** 20;

/** Half of the pixels are 0, as in pictures of things on black. */
function writeTask(folder: string, numRows: number): void {
  const random = createRandom(1);
  const file = openSync(join(folder, 'pixels.csv'), 'w');
  writeSync(file, `label,${Array.from({ length: PIXELS }, (_, i) => `pixel${i + 1}`).join(',')}\n`);
  for (let row = 0; row < numRows; row++) {
    const pixels = Array.from({ length: PIXELS }, () => Math.max(0, random.integer(512) - 256));
    writeSync(file, `${row % 10},${pixels.join(',')}\n`);
  }
  closeSync(file);
  const task = {
    id: 'pixels',
    model: {
      input: [PIXELS],
      layers: [{ kind: 'dense', name: 'head', units: 10 }],
      loss: 'softmaxCrossEntropy',
    },
    data: { format: 'csv', train: 'pixels.csv', test: { share: 0.1 }, label: 'label' },
    scaling: { kind: 'linear', scale: 1 / 255, offset: 0 },
    metric: 'accuracy',
    floor: 0.5,
    target: 0.9,
  };
  writeFileSync(join(folder, 'task.json'), JSON.stringify(task));
}

const [first = '60000', isOpening] = process.argv.slice(2);
if (isOpening) {
  const begin = performance.now();
  const { data } = await openOwnTask(first);
  const seconds = (performance.now() - begin) / 1000;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  console.log(
    [
      `${data.train.count + data.test.count} rows: ${seconds.toFixed(1)} s`,
      `${((userCPUTime + systemCPUTime) / 1e6).toFixed(1)} s of CPU, start and tsx included`,
      `${(maxRSS / 1024).toFixed(0)} MiB at most`,
      `samples ${((data.train.inputs.byteLength + data.test.inputs.byteLength) / MIB).toFixed(0)} MiB`,
      `load ${loadavg()[0]!.toFixed(1)} on ${cpus().length} cores`,
    ].join('; '),
  );
} else {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-csv-'));
  try {
    writeTask(folder, Number(first));
    const args = ['--import', 'tsx', fileURLToPath(import.meta.url), join(folder, 'task.json'), 'open'];
    execFileSync(process.execPath, args, { stdio: 'inherit' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
