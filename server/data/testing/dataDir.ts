// Where real data lie for tests and benchmarks: MINNOW_DATA_DIR, else a folder beside the project. It need not be there.

import { fileURLToPath } from 'node:url';

export const DATA_DIR =
  process.env['MINNOW_DATA_DIR'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url));
