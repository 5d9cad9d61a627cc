// Own rows: a CSV file whose columns are matched to the task's, and one row typed in to try the models with.

import { createNumberReader } from '../../../shared/tables/decimalNumbers.ts';
import type { TableProblem } from '../../../shared/tables/tableError.ts';
import type { OwnSamples } from '../../device/ownData.ts';
import { build, buildButton, write } from '../../common/elements.ts';
import { buildFileButton } from './fileButton.ts';
import type { InputHost, OwnInput } from './ownInput.ts';
import { createDialectView } from './dialectView.ts';
import { readOwnTable, type OwnTable } from './ownTable.ts';
import { chooseColumns, scaleRow, tableToSamples, type ColumnChoice } from './tableSamples.ts';

const LARGEST_FILE_BYTES = 20 * 1024 * 1024;
const MOST_PROBLEMS = 6;

export function createTableInput(host: InputHost): OwnInput {
  const { task, words: all } = host;
  const words = all.table;
  const table = task.table!;
  let name = '';
  let bytes = new Uint8Array(0);
  let file: OwnTable | null = null;
  let samples: OwnSamples | null = null;

  const names = [...table.columns.map(({ name }) => name), words.label(table.label)];
  const fields = table.columns.map(({ name }, i) => {
    const input = build('input', { type: 'number', step: 'any', inputmode: 'decimal', id: `own-value-${i}` });
    input.addEventListener('input', tryRow);
    return {
      row: build('label', { class: 'own-value', for: `own-value-${i}` }, build('span', {}, name), input),
      input,
    };
  });
  const choosers = names.map((name, i) => {
    const select = build('select', { id: `own-column-${i}` });
    select.addEventListener('change', check);
    return {
      row: build('label', { class: 'own-value', for: `own-column-${i}` }, build('span', {}, name), select),
      select,
    };
  });
  const title = build('p', { class: 'own-question' });
  const dialect = createDialectView(words, () => void readFile());
  const summary = build('summary', {}, words.columns);
  const columns = build(
    'details',
    {},
    summary,
    build('div', { class: 'own-values' }, ...choosers.map(({ row }) => row)),
  );
  const verdict = build('div', { class: 'own-verdict', role: 'status' });
  const add = buildButton('', () => void addRows(), 'primary');
  const chosen = build(
    'div',
    { class: 'own-current column', hidden: true },
    title,
    dialect.element,
    columns,
    verdict,
    add,
  );

  async function useFile(each: File): Promise<void> {
    chosen.hidden = true;
    if (each.size > LARGEST_FILE_BYTES) return host.complain(words.tooLarge(each.name));
    name = each.name;
    bytes = new Uint8Array(await each.arrayBuffer());
    dialect.reset();
    await readFile();
  }

  /** By what is said of its dialect. */
  async function readFile(): Promise<void> {
    const read = await readOwnTable(bytes, dialect.said());
    samples = null;
    if ('kind' in read) return complainOf(read);
    file = read;
    host.say('');
    write(title, words.rowsOf(name, file.rows.length));
    const guessed = chooseColumns(file.header, table);
    const found = [...guessed.inputs, guessed.label];
    choosers.forEach(({ select }, i) => {
      const options = [words.noColumn, ...file!.header].map((name, at) =>
        build('option', { value: at - 1 }, name),
      );
      select.replaceChildren(...options);
      select.value = String(found[i]);
    });
    columns.hidden = false;
    columns.open = found.includes(-1);
    chosen.hidden = false;
    check();
    fillIn(file, guessed);
  }

  /** Where a word on the dialect may help, the controls for it are there. */
  function complainOf(problem: TableProblem): void {
    host.complain(words.unreadable(name, problem));
    chosen.hidden = problem.kind === 'noRows' || problem.kind === 'notText';
    if (chosen.hidden) return;
    file = null;
    write(title, `“${name}”`);
    dialect.show(null);
    dialect.open();
    columns.hidden = true;
    verdict.replaceChildren();
    add.hidden = true;
  }

  /** What the columns as they are chosen give. */
  function check(): void {
    const found = choosers.map(({ select }) => Number(select.value));
    const missing = names.filter((_, i) => found[i]! < 0);
    samples = null;
    add.hidden = true;
    dialect.show({ ...file!.dialect, decimal: null });
    if (missing.length > 0)
      return verdict.replaceChildren(build('p', {}, words.missingColumns(missing.join(', '))));
    const { decimal: said } = dialect.said();
    const choice = { inputs: found.slice(0, -1), label: found.at(-1)! };
    const reading = tableToSamples(file!, choice, task, said);
    const { problems, decimal, question } = reading;
    dialect.show({ ...file!.dialect, decimal });
    if (question) {
      dialect.open();
      return verdict.replaceChildren(build('p', {}, words.question(question)));
    }
    const classes = task.classes.join(', ');
    const lines = problems.slice(0, MOST_PROBLEMS).map((problem) => words.problem(problem, classes));
    if (problems.length > MOST_PROBLEMS) lines.push(words.moreProblems(problems.length - MOST_PROBLEMS));
    samples = reading.samples;
    verdict.replaceChildren(
      build('p', {}, words.good(samples.count, problems.length)),
      ...(lines.length > 0
        ? [build('ul', { class: 'own-problems' }, ...lines.map((line) => build('li', {}, line)))]
        : []),
    );
    add.hidden = samples.count === 0;
    write(add, words.add(samples.count));
  }

  /** The file's first row is there to try. */
  function fillIn({ rows }: OwnTable, { inputs }: ColumnChoice): void {
    const numbers = createNumberReader(dialect.said().decimal);
    fields.forEach(({ input }, i) => {
      const value = numbers.read(rows[0]!.cells[inputs[i]!] ?? '', 0, '');
      input.value = Number.isNaN(value) ? '' : String(value);
    });
    tryRow();
  }

  function tryRow(): void {
    const values = fields.map(({ input }) => input.valueAsNumber);
    host.guess(values.every(Number.isFinite) ? Float32Array.from(scaleRow(values, table)) : null);
  }

  async function addRows(): Promise<void> {
    if (!samples || add.disabled) return;
    add.disabled = true;
    const isAdded = await host.add(samples);
    add.disabled = false;
    if (isAdded) chosen.hidden = true;
  }

  return {
    tileUse: 'show',
    element: build(
      'div',
      { class: 'own-table' },
      build(
        'div',
        { class: 'own-row' },
        buildFileButton(
          words.file,
          { accept: '.csv,.tsv,.txt,text/csv' },
          ([each]) => void useFile(each!),
          'primary',
        ),
      ),
      chosen,
      build('h3', {}, words.tryRow),
      build('div', { class: 'own-values' }, ...fields.map(({ row }) => row)),
    ),
    pressed() {},
    close() {},
  };
}
