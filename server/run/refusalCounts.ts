import type { RefusalCode } from '../../shared/contract/messages.ts';

/** How many of each. */
export type RefusalCounts = Partial<Record<RefusalCode, number>>;
