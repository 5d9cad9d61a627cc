// The entry of a pool's thread, in plain JavaScript: worker threads do not inherit the loader of TypeScript.

import { register } from 'tsx/esm/api';

register();
export const { train, probe, score, repeatSteps } = await import('./poolWorker.ts');
