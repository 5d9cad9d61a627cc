// docs/settings.md, from the tables. Pure.

import * as v from 'valibot';
import { PRESETS, STRATEGY_CHOICES } from '../../shared/federation/strategies.ts';
import { DEALING_SETTINGS } from '../../shared/settings/dealingSettings.ts';
import { flagOf } from './flagNames.ts';
import { LIVE_SETTINGS } from '../../shared/settings/liveSettings.ts';
import { LOCAL_WORK_SETTINGS, RUN_SETTINGS } from '../../shared/settings/runSettings.ts';
import { settingsIn, valueAt, type AnySetting, type Tree } from '../../shared/settings/setting.ts';

const { strategy, localWork: _localWork, ...RUN } = RUN_SETTINGS;
const LIVE = new Set(settingsIn(LIVE_SETTINGS as unknown as Tree).map(({ setting }) => setting));

export function settingsPage(): string {
  return `# Settings of a run

This page is made from the tables in \`shared/settings/\`. After a change there:

    npm test -- settingsPage -u

A flag is the same in \`npm start\`, \`npm run simulate\`, \`npm run demo\` and, for a lesson on a server of its own, \`npm run fleet -- --profile
classroom\`, unless the table says otherwise. A field of the same name, written \`likeThis\`, is that of a simulation's \`--config\` file, of an
experiment and of a strategy file; those of local work are in \`localWork\` there, but for strategy files. **Live**: may change while a run goes
on, from the dashboard. A run that is kept goes on with the settings that it began with.

## The run

${tableOf(RUN)}

## Local work

${tableOf(LOCAL_WORK_SETTINGS, ['localWork'])}

## The strategy

\`--strategy\` chooses a preset: ${STRATEGY_CHOICES.map((name) => `\`${name}\``).join(', ')}. A preset says what has no usual value here, what
devices train and how values travel; the rest stays as it is. \`--strategy FILE.json\` is a preset with changes, any settings of this page by their
fields, and \`strategyFields\` for those that have no flag:

    { "preset": "fedavg", "buffer": 20, "optimizer": "adam", "serverLearningRate": 0.03, "strategyFields": { "kappa": 0.1 } }

${tableOf(strategy, ['strategy'])}

${presetsTable()}

## Demo shards

${tableOf(DEALING_SETTINGS)}
`;
}

function tableOf(tree: object, at: readonly string[] = []): string {
  const rows = settingsIn(tree as Tree, at).map(rowOf);
  return ['| setting | must be | usual | live | meaning |', '| --- | --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}

function rowOf({
  path,
  setting,
}: {
  readonly path: readonly string[];
  readonly setting: AnySetting;
}): string {
  const flags = Object.entries(setting.written ?? {}).map(([name, { value, help, notIn, older }]) => {
    const where = notIn ? `; not in ${notIn.join(', ')}` : '';
    const before = older ? `; before: \`${older.flag}\`` : '';
    const told = help === undefined ? '' : `: ${help}`;
    return `<br>\`${flagOf(name)}${value === '' ? '' : ` ${value}`}\`${told}${where}${before}`;
  });
  const live = LIVE.has(setting) ? 'yes' : '';
  const meaning = [setting.help, ...flags].join('');
  return `| ${[`\`${path.join('.')}\``, setting.kind.words, usualOf(setting), live, meaning].map(cell).join(' | ')} |`;
}

function usualOf({ kind, usual, usualWords, written = {} }: AnySetting): string {
  if (usualWords !== undefined) return usualWords;
  if (usual === undefined) return "the preset's";
  const [first] = Object.values(written);
  const shown = first?.show(v.parse(kind.schema, usual));
  return `\`${textOf(typeof shown === 'string' ? shown : usual)}\``;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** What the presets differ in. */
function presetsTable(): string {
  const columns = STRATEGY_CHOICES.map((name) => PRESETS[name]!);
  const names = [...new Set(columns.flatMap((preset) => Object.keys(preset.strategy)))].filter(
    (name) => name !== 'name',
  );
  const paths = [
    ...names.map((name) => ['strategy', name]),
    ['subset'],
    ['encoding', 'up'],
    ['encoding', 'down'],
  ];
  const rows = paths.map((path) => {
    const cells = columns.map((preset) => `\`${textOf(valueAt(preset, path)).replaceAll('"', '')}\``);
    return `| \`${path.join('.')}\` | ${cells.map(cell).join(' | ')} |`;
  });
  return [
    `| preset | ${STRATEGY_CHOICES.join(' | ')} |`,
    `| --- |${' --- |'.repeat(STRATEGY_CHOICES.length)}`,
    ...rows,
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
