// A lesson rehearsed on a small scale: six tabs on an insecure origin, three with one storage, two reload, two sleep.
// The full one is `npm run fleet -- --profile classroom`.

import { expect, it } from 'vitest';
import { findProblems } from './fleet/lessonRecord.ts';
import { rehearseLesson } from './fleet/rehearsalCommand.ts';
import { startTestServer, testRun } from './testing/testServer.ts';

const NUM_TABS = 6;

it('six devices stay six over reloads and sleep, each with its own session, pace and updates', async () => {
  const server = await startTestServer(
    testRun('ftte', { trigger: { kind: 'buffer', size: 2, deadlineMs: 0 } }),
    160,
  );
  try {
    const record = await rehearseLesson({
      address: `${server.url}/dashboard#token=${server.adminToken}`,
      run: '',
      lesson: {
        joinSeconds: 2,
        numReloads: 2,
        sleepSeconds: [2, 4],
        mishapSeconds: 2,
        numSharing: 3,
        slow: { share: 0.5, factor: 2 },
      },
      numTabs: NUM_TABS,
      patienceMs: 60_000,
      signal: new AbortController().signal,
    });
    expect(findProblems(record)).toEqual([]);
    expect(record.after.devices).toHaveLength(NUM_TABS);
    expect(record.pupils.map(({ isSecureContext }) => isSecureContext)).toEqual(Array(NUM_TABS).fill(false));
    expect(record.pupils.map(({ mishap }) => mishap)).toEqual([
      'reload',
      'sleep',
      'reload',
      'sleep',
      'none',
      'none',
    ]);
    expect(record.after.resumes).toBe(2);
  } finally {
    await server.close();
  }
});
