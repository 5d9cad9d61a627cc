// Stands in for vitest where a suite runs in a browser: collects the cases instead of running them. The matchers are
// vitest's own.

import { chai, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from '@vitest/expect';

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

export const { expect } = chai;

/** Body of each case by `SUITE: NAME`, in the order of declaration. */
export const cases = new Map<string, () => void | Promise<void>>();

let suite = '';

export function describe(name: string, declare: () => void): void {
  suite = name;
  declare();
}

export function it(name: string, body: () => void | Promise<void>): void {
  cases.set(`${suite}: ${name}`, body);
}
