// What a device lends to whoever works with the person's own samples. Types only: there is no session in it, so nothing of
// them can be sent.

import type { TrainingPlan } from '../../../shared/engine/plan.ts';
import type { planTraining } from '../../../shared/engine/planTraining.ts';
import type { Trainer } from '../../../shared/engine/trainer.ts';
import type { Clock } from '../../../shared/localWork/clock.ts';
import type { Shard } from '../../../shared/localWork/shard.ts';
import type { TaskInfo } from '../../../shared/contract/messages.ts';
import type { OwnDataApi, OwnDataState } from '../ownData.ts';
import type { loadBlocks, splitMessage } from '../transfer.ts';

/**
 * What of the engine is needed. Handed in, as the first load of the page has it: where a chunk of its own imported it, the
 * bundler would cut the first load into more files.
 */
export interface OwnEngine {
  /** Of a backend that enforces the budget. */
  readonly createTrainer: (plan: TrainingPlan) => Trainer | Promise<Trainer>;
  readonly planTraining: typeof planTraining;
  readonly loadBlocks: typeof loadBlocks;
  readonly splitMessage: typeof splitMessage;
  /** The server's answer to `GET /api/model`, for who holds these versions of the model's tensors. */
  readonly fetchModel: (held: readonly number[]) => Promise<ArrayBuffer>;
}

export interface OwnHost {
  readonly server: string;
  readonly run: () => string;
  readonly task: TaskInfo;
  readonly flopsPerSecond: number;
  readonly clock: Clock;
  readonly budgetBytes: () => number;
  /** Of the run's arena, from the moment that it is planned. */
  readonly runBytes: () => number;
  /** Newest version that the device knows of. */
  readonly version: () => number;
  /** Training for the run stops and its arena is freed; nothing begins until `goOn`. */
  readonly rest: () => Promise<void>;
  readonly goOn: () => void;
  readonly changed: (own: OwnDataState) => void;
  /** Counts what came down beside the session. */
  readonly fetched: (bytes: number) => void;
}

export interface OwnStudio {
  readonly api: OwnDataApi;
  /** What local work is to train on, for a device with this demo shard. */
  readonly shardFor: (demo: Shard) => Shard;
  /** Frees the try-out's arena where the run's next one, of so many bytes, would not fit beside it. */
  readonly makeRoom: (deviceBytes: number) => Promise<void>;
  /** Frees all arenas and gives up what is under way; samples and personal model stay. */
  readonly free: () => void;
  /** As `free`, and the personal model goes: it is of another global model. */
  readonly runChanged: () => void;
}
