// The entry of the search thread, in plain JavaScript: worker threads do not inherit the loader of TypeScript.

import { register } from 'tsx/esm/api';

register();
await import('./searchWorker.ts');
