// The entry of the evaluation thread, in plain JavaScript: worker threads do not inherit the loader of TypeScript.

import { register } from 'tsx/esm/api';

register();
await import('./evaluationWorker.ts');
