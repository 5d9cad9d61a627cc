// The weight of an update by somebody's own strategy. Pure as far as that is.

import { checkKept } from './kept.ts';
import type { Kept, OwnRules, UpdateToWeigh } from './ownStrategy.ts';
import { callOwn, describeReturn, originOf, splitAnswer, wrongReturn } from './wrongReturn.ts';

/** `kept`: what the next call is handed. Throws RangeError for an answer that is no weight. */
export function ownWeigh(
  rules: OwnRules,
  update: UpdateToWeigh,
): { readonly weight: number; readonly kept: Kept | undefined } {
  const origin = originOf(rules, 'weigh');
  const answer = splitAnswer(
    callOwn(origin, () => rules.weigh!(Object.freeze(update))),
    'weight',
  );
  const { value } = answer;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw wrongReturn(origin, '', 'a finite number >= 0, or { weight, kept }', describeReturn(value));
  return { weight: value, kept: 'kept' in answer ? checkKept(answer.kept, origin) : update.kept };
}
