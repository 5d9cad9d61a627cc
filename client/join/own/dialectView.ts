// How a chosen CSV file was read, and the controls that read it in another way.

import type { SaidDialect, TableDialect } from '../../../shared/tables/readTable.ts';
import { build, write } from '../../common/elements.ts';
import type { OwnWords } from './ownWords.ts';

const DELIMITERS = [',', ';', '\t', '|'];
const DECIMALS = ['.', ','];
const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'macintosh'];

export interface DialectView {
  readonly element: HTMLElement;
  /** What the controls say; nothing where all stand at "as found". */
  said(): SaidDialect;
  /** Back to "as found". */
  reset(): void;
  show(found: TableDialect | null): void;
  /** Shows the controls: one of them answers a question. */
  open(): void;
}

/** `changed`: the file is to be read again. */
export function createDialectView(words: OwnWords['table'], changed: () => void): DialectView {
  const text = build('p', { class: 'note' });
  const chooser = (id: string, name: string, values: readonly string[], say: (value: string) => string) => {
    const select = build(
      'select',
      { id },
      ...['', ...values].map((value) =>
        build('option', { value }, value === '' ? words.asFound : say(value)),
      ),
    );
    select.addEventListener('change', changed);
    return { select, row: build('label', { class: 'own-value', for: id }, build('span', {}, name), select) };
  };
  const delimiter = chooser('own-delimiter', words.delimiter, DELIMITERS, words.delimiterName);
  const decimal = chooser('own-decimal', words.decimal, DECIMALS, words.decimalName);
  const encoding = chooser('own-encoding', words.encoding, ENCODINGS, (name) => name);
  const all = [delimiter, decimal, encoding];
  const details = build(
    'details',
    { class: 'own-dialect' },
    build('summary', {}, words.otherwise),
    build('div', { class: 'own-values' }, ...all.map(({ row }) => row)),
  );
  return {
    element: build('div', {}, text, details),
    said: () => ({
      delimiter: delimiter.select.value || undefined,
      decimal: (decimal.select.value || undefined) as SaidDialect['decimal'],
      encoding: encoding.select.value || undefined,
    }),
    reset() {
      for (const { select } of all) select.value = '';
      details.open = false;
    },
    show: (found) => write(text, found ? words.dialect(found) : ''),
    open() {
      details.open = true;
    },
  };
}
