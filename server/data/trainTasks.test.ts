// The tasks on real data, each trained as its own definition says by a federation in one process: a short run that must
// clear the floor. Where the data are not there it is skipped; docs/your-own-task.md has the figures of longer runs.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isReached } from '../../shared/tasks/metric.ts';
import { openTask } from './openTask.ts';
import { DATA_DIR } from './testing/dataDir.ts';
import { trainFederated } from './testing/trainFederated.ts';

const BUDGET_BYTES = 16 * 1024 * 1024;

for (const { id, folder, numUpdates } of [
  { id: 'fashion', folder: 'fashion-mnist', numUpdates: 150 },
  { id: 'cifar10', folder: 'cifar10', numUpdates: 200 },
  { id: 'har', folder: 'hapt', numUpdates: 60 },
])
  test.skipIf(!existsSync(join(DATA_DIR, folder)))(
    `${id} clears its floor in ${numUpdates} updates (skipped where MINNOW_DATA_DIR does not hold ${folder})`,
    { timeout: 600_000 },
    async () => {
      const opened = await openTask(id, { dataDir: DATA_DIR, seed: 1 });
      const { score } = await trainFederated({ opened, seed: 1, budgetBytes: BUDGET_BYTES, numUpdates });
      expect(isReached(opened.task.metric, score, opened.task.floor), `score ${score}`).toBe(true);
    },
  );
