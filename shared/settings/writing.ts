// The ways in which settings are written: as the number that they are, in seconds, in bytes, or by a form. Knows no setting.

import * as v from 'valibot';
import { parseByteSize } from '../parseByteSize.ts';
import type { Form } from './forms.ts';
import type { Kind, Written } from './setting.ts';

const MS = 1000;

type Said<T, W> = Pick<Written<T, W>, 'value' | 'help'> &
  Pick<Partial<Written<T, W>>, 'notIn' | 'older' | 'desk'>;

/** What is written is the number itself, or `part` of the setting. */
export function asNumber(kind: Kind<number>, said: Said<number, number>): Written<number, number> {
  return asPart(kind, said, { apply: (written) => written, show: (value) => value });
}

/** What is written is a number that the setting follows from. */
export function asPart<T>(
  kind: Kind<number>,
  said: Said<T, number>,
  part: Pick<Written<T, number>, 'apply' | 'show'>,
): Written<T, number> {
  const { schema, words } = kind;
  return {
    ...said,
    ...part,
    schema: schema as v.GenericSchema<unknown, number>,
    words,
    fromText: toNumber(kind),
  };
}

/** Seconds are written, and milliseconds kept. */
export function inSeconds(kind: Kind<number>, said: Said<number, number>): Written<number, number> {
  return asPart(kind, said, { apply: (seconds) => seconds * MS, show: (ms) => ms / MS });
}

/** A text of that form. `name`: of the field, for what is told. */
export function byForm<T>(name: string, form: Form<T>, said: Said<T, string>): Written<T, string> {
  const read = (text: string): T => {
    const value = form.parse(text);
    if (value !== undefined) return value;
    throw new RangeError(`${name} must be ${form.words}, got "${text}"`);
  };
  return {
    ...said,
    schema: v.string() as v.GenericSchema<unknown, string>,
    words: form.words,
    fromText(text) {
      read(text);
      return text;
    },
    apply: read,
    show: (value) => form.format(value),
  };
}

/** Bytes, in texts also with a unit. */
export function inBytes<T>(
  kind: Kind<number>,
  said: Said<T, number>,
  part: Pick<Written<T, number>, 'apply' | 'show'>,
): Written<T, number> {
  const words = 'a number of bytes, like 262144, 256KiB or 1MiB';
  return {
    ...asPart(kind, said, part),
    words,
    fromText(text) {
      const bytes = parseByteSize(text);
      if (bytes >= 0) return bytes;
      throw new RangeError(`must be ${words}`);
    },
  };
}

export function toNumber({ schema, words }: Kind<number>): (text: string) => number {
  return (text) => {
    const value = text.trim() === '' ? NaN : Number(text);
    if (v.is(schema, value)) return value;
    throw new RangeError(`must be ${words}`);
  };
}
