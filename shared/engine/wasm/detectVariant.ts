// Which variant of the kernels this machine can run, asked with modules of one instruction.

import { FunctionBody, ModuleBuilder } from './code/assembler.ts';
import { f32, f32x4 } from './code/instructions.ts';
import type { Expression } from './code/instructions.ts';
import type { Variant } from './code/lanes.ts';

const VECTOR = f32x4.splat(f32.const(1));

const PROBES: readonly (readonly [variant: Variant, probe: Expression])[] = [
  ['relaxed', f32x4.relaxedMadd(VECTOR, VECTOR, VECTOR)],
  ['simd', VECTOR],
];

function isRunnable(probe: Expression): boolean {
  const module = new ModuleBuilder(null);
  const f = new FunctionBody({ parameters: [], results: [] });
  f.local(probe.type, probe);
  module.add(f);
  return WebAssembly.validate(module.toBytes());
}

/** The fastest variant that WebAssembly.validate accepts here. */
export function detectVariant(): Variant {
  return PROBES.find(([, probe]) => isRunnable(probe))?.[0] ?? 'scalar';
}

/** Whether the variant can run here. */
export function canRun(variant: Variant): boolean {
  const probe = PROBES.find(([name]) => name === variant);
  return probe === undefined || isRunnable(probe[1]);
}
