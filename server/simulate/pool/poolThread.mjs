// The entry of a pool's thread, in plain JavaScript: worker threads do not inherit the loader of TypeScript.

import { importInThread } from '../../../scripts/programs.mjs';

const url = new URL('poolWorker.ts', import.meta.url);
export const { train, probe, score, personalise, repeatSteps } = await importInThread(url);
