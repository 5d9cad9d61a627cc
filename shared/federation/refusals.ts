// The counters of what was refused.

import type { RefusalCode } from '../contract/messages.ts';
import type { CoordinatorState } from './state.ts';

export function countRefusal(state: CoordinatorState, code: RefusalCode): void {
  state.refusals = { ...state.refusals, [code]: (state.refusals[code] ?? 0) + 1 };
}
