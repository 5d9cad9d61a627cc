// The entry of the evaluation thread, in plain JavaScript: worker threads do not inherit the loader of TypeScript.

import { importInThread } from '../../scripts/programs.mjs';

await importInThread(new URL('evaluationWorker.ts', import.meta.url));
