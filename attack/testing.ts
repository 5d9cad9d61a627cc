// Attacks as tests, in their short form.

import { expect, it } from 'vitest';
import type { Attack } from './attack.ts';
import { findAttacks } from './findAttacks.ts';
import { createGround } from './ground.ts';

/** Thirty restarts take a while on a busy machine. */
const LIMIT_MS = 1_200_000;

/** One test for each attack on the disk, or from the network. */
export async function testAttacks(against: Attack['against']): Promise<void> {
  const attacks = await findAttacks();
  for (const attack of attacks.filter((each) => each.against === against)) {
    const whyNot = attack.whyNot?.() ?? null;
    it.skipIf(whyNot !== null)(
      `${attack.name}: ${attack.claim}${whyNot ? ` (skipped: ${whyNot})` : ''}`,
      async () => {
        const ground = createGround();
        try {
          expect(await attack.run(ground, 'short', () => {})).toBeTypeOf('object');
        } finally {
          await ground.close();
        }
      },
      LIMIT_MS,
    );
  }
}
