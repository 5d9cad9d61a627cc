// Every attack in its short form.

import { expect, it } from 'vitest';
import { findAttacks } from './findAttacks.ts';
import { createGround } from './ground.ts';

/** Thirty restarts take a while on a busy machine. */
const LIMIT_MS = 1_200_000;

for (const attack of await findAttacks()) {
  const whyNot = attack.whyNot?.() ?? null;
  it.skipIf(whyNot !== null)(
    `${attack.name}: ${attack.claim}${whyNot ? ` (skipped: ${whyNot})` : ''}`,
    async () => {
      const ground = createGround();
      try {
        expect(await attack.run(ground, 'short')).toBeTypeOf('object');
      } finally {
        await ground.close();
      }
    },
    LIMIT_MS,
  );
}
