// The entry of the search thread, in plain JavaScript: worker threads do not inherit the loader of TypeScript.

import { importInThread } from '../../scripts/programs.mjs';

await importInThread(new URL('searchWorker.ts', import.meta.url));
