// The join code of a run whose rows are not for everybody: what a device shows to join, and a page to see a sample. It is part
// of the QR code, so nobody types it who does not want to.

import { createHmac } from 'node:crypto';
import { isSameWord } from './admin/adminToken.ts';
import { createWrongTries } from '../guard/wrongTries.ts';

/** No letters or digits that are taken for each other; 31^8 codes. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';
const NUM_CHARACTERS = 8;

export interface JoinCode {
  /** '' where none is needed. */
  readonly code: string;
  /** Tells whether it is the right one: that at once, a wrong one late where its address has tried often. */
  check(given: string, address: string, answer: (isRight: boolean) => void): void;
}

/** `code`: '' needs none. */
export function createJoinCode(code: string): JoinCode {
  const tries = createWrongTries();
  return {
    code,
    check(given, address, answer) {
      if (code === '' || isSameWord(given, code)) return answer(true);
      if (given === '') return answer(false);
      tries.wrong(address, () => answer(false));
    },
  };
}

/** The same as long as the secret of the runs folder is, so that a printed QR code goes on leading there. */
export function codeOf(secret: Uint8Array): string {
  const digest = createHmac('sha256', secret).update('minnow join code').digest();
  return [...digest.subarray(0, NUM_CHARACTERS)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
