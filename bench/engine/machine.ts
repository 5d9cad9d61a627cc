// The machine that a benchmark runs on.

import { cpus, release, totalmem, type } from 'node:os';
import type { EngineResult } from './engineResult.ts';

/** All but the browser. */
export function machineOf(): Omit<EngineResult['machine'], 'browser'> {
  const [processor] = cpus();
  return {
    date: new Date().toISOString(),
    processor: processor?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
  };
}
