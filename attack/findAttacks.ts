// All attacks, by the files that hold them.

import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Attack } from './attack.ts';

const FOLDER = fileURLToPath(new URL('attacks', import.meta.url));

/** In the order of their names. Throws where a file holds none or one of another name. */
export async function findAttacks(): Promise<readonly Attack[]> {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.ts'));
  return Promise.all(
    files.sort().map(async (file) => {
      const { attack } = (await import(`${FOLDER}/${file}`)) as { attack?: Attack };
      if (attack === undefined || `${attack.name}.ts` !== file)
        throw new Error(`internal: attacks/${file} must export the attack "${file.slice(0, -3)}"`);
      return attack;
    }),
  );
}
