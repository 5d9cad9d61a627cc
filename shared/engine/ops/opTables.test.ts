// Each folder beside this file is an op; the tables of them follow from the folders. After adding or removing one:
// `npm test -- opTables -u`. What a folder lacks, the compiler says of the tables.

import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { COMMON_KERNELS } from '../wasm/kernels/emitCommonOp.ts';

const HEAD = 'Written by ops/opTables.test.ts from the folders in ops: npm test -- opTables -u';
const kinds = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();
const rare = kinds.filter((kind) => !(kind in COMMON_KERNELS));

const capital = (kind: string): string => kind[0]!.toUpperCase() + kind.slice(1);
const lines = (names: readonly string[], line: (kind: string) => string): string =>
  names.map(line).join('\n');

test('what each op is', async () => {
  await expect(`// All ops: what each is, and what it does by plain loops. ${HEAD}

${lines(kinds, (kind) => `import * as ${kind} from './${kind}/op.ts';`)}
import type { OpKind } from './opKind.ts';
import type { ReferenceMemory } from '../reference/memory.ts';

/**
 * Ops of the fused graph, numbers are tensor ids. \`count\` (samples in this micro-batch), \`from\` (index of its first
 * sample in the batch), \`scale\`, \`learningRate\` and \`seed\` (of the step, for dropout) are dynamic; all else is static.
 */
export type Op =
${lines(kinds, (kind) => `  | ${kind}.${capital(kind)}Op`)};

/** The op of that kind. */
export type OpOf<K extends Op['kind']> = Extract<Op, { kind: K }>;

/** What a plan needs to know of each op. */
export const OPS: { readonly [K in Op['kind']]: OpKind<OpOf<K>> } = {
${lines(kinds, (kind) => `  ${kind}: ${kind}.${kind},`)}
};

/** Each op in float64. */
export const REFERENCE_OPS: {
  readonly [K in Op['kind']]: (memory: ReferenceMemory, op: OpOf<K>) => void;
} = {
${lines(kinds, (kind) => `  ${kind}: ${kind}.run${capital(kind)},`)}
};
`).toMatchFileSnapshot('./ops.ts');
});

test('kernels in WebAssembly that only few models need', async () => {
  await expect(`// ${HEAD}

${lines(rare, (kind) => `import { emit${capital(kind)} } from '../../ops/${kind}/wasm.ts';`)}
import type { Kernels, RareKind } from './emitCommonOp.ts';

export const RARE_KERNELS: Pick<Kernels, RareKind> = {
${lines(rare, (kind) => `  ${kind}: emit${capital(kind)},`)}
};
`).toMatchFileSnapshot('../wasm/kernels/rareKernels.ts');
});

test('kernels in WebGPU', async () => {
  await expect(`// ${HEAD}

${lines(kinds, (kind) => `import { ${kind} } from '../../ops/${kind}/webgpu.ts';`)}
import type { Op, OpOf } from '../../ops/ops.ts';
import type { Kernel, KernelPlan } from './kernel.ts';

export const KERNELS: { readonly [K in Op['kind']]: (plan: KernelPlan, op: OpOf<K>) => Kernel } = {
${lines(kinds, (kind) => `  ${kind},`)}
};
`).toMatchFileSnapshot('../webgpu/kernels/kernels.ts');
});
