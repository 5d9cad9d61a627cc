// From a training plan to one WebAssembly module: a function for each op, and a function for each program.
// Knows nothing of how the module is run.

import { COMMON_ACTIVATIONS } from '../../activations/commonActivations.ts';
import type { Op } from '../../ops/ops.ts';
import type { TrainingPlan } from '../../plan.ts';
import { FunctionBody, ModuleBuilder } from './assembler.ts';
import type { FunctionType } from './assembler.ts';
import { call } from './instructions.ts';
import type { EmitOp } from '../kernels/emitCommonOp.ts';
import { logFunction } from '../kernels/exponential.ts';
import type { RegisterTile } from '../kernels/kernel.ts';
import type { Lanes } from './lanes.ts';

/**
 * `count`: samples in this micro-batch, at least 1; `scale`: 1 / samples in the whole batch; `from`: index of the first
 * sample in the batch; `seed`: of the step, an integer of 32 bits.
 */
export type ProgramFunction = (
  count: number,
  scale: number,
  learningRate: number,
  from: number,
  seed: number,
) => void;

export const PROGRAMS = ['begin', 'train', 'apply', 'evaluate', 'predict'] as const;

export type ProgramName = (typeof PROGRAMS)[number];

/** What a module exports. */
export type ModuleExports = Readonly<Record<ProgramName, ProgramFunction>>;

const PROGRAM_TYPE: FunctionType = { parameters: ['i32', 'f32', 'f32', 'i32', 'i32'], results: [] };

/** 8 vector accumulators, or as many scalar ones. */
export const DEFAULT_TILE: RegisterTile = { rows: 4, columns: 8 };
const SCALAR_TILE: RegisterTile = { rows: 4, columns: 2 };

/** What of a plan matters to code: programs, places and the size of memory. */
export type EmittedPlan = Pick<TrainingPlan, 'programs' | 'tensors' | 'pages'>;

export interface EmitOptions {
  /** Which programs are compiled; default: all. */
  readonly programs?: readonly ProgramName[];
  /** Exports each op too, as `PROGRAM.INDEX` with the same parameters: to profile and test them one by one. */
  readonly exportsOps?: boolean;
  /** Changes speed alone: all sums are added in the same order. */
  readonly tile?: RegisterTile | undefined;
}

/** The binary of a module that imports the arena as `env.memory` and exports `ModuleExports`, or some of them. */
export function emitModule(
  plan: EmittedPlan,
  lanes: Lanes,
  emitOp: EmitOp,
  { programs = PROGRAMS, exportsOps = false, tile = DEFAULT_TILE }: EmitOptions = {},
): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder(plan.pages);
  const log = module.add(logFunction());

  function addOp(op: Op, name: string): number {
    const f = new FunctionBody(PROGRAM_TYPE);
    const [count, scale, learningRate, from, seed] = f.parameters;
    emitOp(
      {
        f,
        lanes,
        tile: lanes.width === 4 ? tile : SCALAR_TILE,
        count: count!,
        scale: scale!,
        learningRate: learningRate!,
        from: from!,
        seed: seed!,
        activations: COMMON_ACTIVATIONS,
        log,
        tensor(id) {
          const tensor = plan.tensors[id];
          if (tensor === undefined) throw new Error(`internal: op ${op.kind} names no tensor ${id}`);
          return tensor;
        },
      },
      op,
    );
    return module.add(f, exportsOps ? name : undefined);
  }

  for (const program of programs) {
    const indices = plan.programs[program].map((op, index) => addOp(op, `${program}.${index}`));
    const f = new FunctionBody(PROGRAM_TYPE);
    for (const index of indices) f.emit(call(index, f.parameters, 'i32').code);
    module.add(f, program);
  }
  return module.toBytes();
}
