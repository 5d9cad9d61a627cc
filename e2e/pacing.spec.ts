// The pace of an emulated device: a step takes the time that its plan and the profile's FLOP/s give.

import { expect, it } from 'vitest';
import { planTraining } from '../shared/engine/planTraining.ts';
import { fullScheme } from '../shared/engine/scheme.ts';
import { findTask } from '../shared/tasks/tasks.ts';
import { launchChromium } from './chromium.ts';
import { deviceNamed, untilStatus } from './testing/statusOf.ts';
import { openTab } from './testing/tabs.ts';
import { startTestServer, testRun } from './testing/testServer.ts';

const PLANNED_STEP_MS = 250;

it('a paced step takes its planned time within a tenth', async () => {
  const { model, localWork } = findTask('digits');
  const { flopsPerStep } = planTraining(model, fullScheme(model), { batch: localWork.batch });
  const trigger = { kind: 'buffer', size: 1, deadlineMs: 0 } as const;
  const server = await startTestServer(testRun('ftte', { trigger }));
  const browser = await launchChromium();
  try {
    await openTab(browser, server.url, { name: 'paced', flops: flopsPerStep / (PLANNED_STEP_MS / 1000) });
    const run = await untilStatus(server.url, ({ accepted }) => accepted >= 2);
    const { stepMsMedian, trainedShare } = deviceNamed(run, 'paced');
    expect(trainedShare).toBe(1);
    expect(Math.abs(stepMsMedian / PLANNED_STEP_MS - 1)).toBeLessThan(0.1);
  } finally {
    await browser.close();
    await server.close();
  }
});
