// The teacher's desk: hold the devices, slow some down, change the settings, begin anew, compare, end, take things home.
// There only with the token.

import type { DashboardDevice } from '../../shared/contract/dashboard.ts';
import type { CommandOf } from '../../shared/contract/steering.ts';
import type { Admin } from './admin.ts';
import type { DashboardState } from './dashboardState.ts';
import { create, element, setText } from './elements.ts';
import { openSettingsForm } from './settingsForm.ts';
import { strategyOf } from './words.ts';

const FILES: readonly (readonly [label: string, files: readonly string[]])[] = [
  ['Model (safetensors)', ['model.safetensors']],
  ['Model (TensorFlow.js)', ['model.json', 'weights.bin']],
  ['Metrics (CSV)', ['metrics.csv']],
  ['Metrics (JSONL)', ['metrics.jsonl']],
  ['Devices (CSV)', ['devices.csv']],
];
/** The one that stalls, and ours. */
const COMPARED = ['fedavg', 'ftte'];

export interface Desk {
  show(state: DashboardState): void;
  /** Takes the device out, once that is confirmed. */
  remove(device: DashboardDevice): void;
  /** The device's budget narrows nobody, or may again. */
  exempt(device: DashboardDevice, isExempt: boolean): void;
}

export function openDesk(admin: Admin): Desk {
  const pause = element<HTMLButtonElement>('pause-all');
  const end = element<HTMLButtonElement>('end-run');
  const begin = element<HTMLButtonElement>('begin');
  const compare = element<HTMLButtonElement>('compare-runs-button');
  const task = element<HTMLSelectElement>('task-choice');
  const told = element('desk-told');
  let isPaused = false;
  let isSideBySide = false;
  let shownTask = '';

  function tell(work: Promise<void>, done: string): void {
    work.then(
      () => setText(told, done),
      (error: unknown) => setText(told, `That did not work: ${(error as Error).message}`),
    );
  }

  /** Opening a run takes a moment, in which nothing else is to be begun. */
  function open(command: Omit<CommandOf<'begin'>, 'kind'>, done: string): void {
    begin.disabled = true;
    compare.disabled = true;
    setText(told, 'Opening …');
    const opened = admin.steer({ kind: 'begin', ...command }).finally(() => {
      begin.disabled = false;
      compare.disabled = false;
    });
    tell(opened, done);
  }

  const form = openSettingsForm(admin.choices, (change) =>
    tell(
      admin.steer({ kind: 'settings', ...change }),
      'Changed: it holds from the next assignment and version on.',
    ),
  );
  task.replaceChildren(
    ...admin.choices.tasks.map(({ id, title }) => {
      const option = create('option', '', title);
      option.value = id;
      return option;
    }),
  );
  pause.addEventListener('click', () =>
    tell(
      admin.steer({ kind: 'pause', isPaused: !isPaused }),
      isPaused ? 'All devices go on.' : 'All devices pause after the step they are at.',
    ),
  );
  element('slow').addEventListener('click', () => {
    const share = element<HTMLSelectElement>('slow-share');
    const factor = Number(element<HTMLSelectElement>('slow-factor').value);
    const whose = share.selectedOptions[0]!.text;
    const where = isSideBySide ? ', as many for each model' : '';
    tell(
      admin.steer({ kind: 'slow', share: Number(share.value), factor }),
      `${whose.charAt(0).toUpperCase()}${whose.slice(1)} of the devices that are here: ${factor} times slower${where}.`,
    );
  });
  element('unslow').addEventListener('click', () =>
    tell(admin.steer({ kind: 'slow', share: 0, factor: 1 }), 'All devices are as fast as they are.'),
  );
  begin.addEventListener('click', () => {
    const title = task.selectedOptions[0]!.text;
    const question = `Begin anew with “${title}”, from version 0? The devices go on by themselves. What was learnt so far stays in its folder.`;
    if (confirm(question)) open({ task: task.value }, `Begun anew: ${title}.`);
  });
  compare.addEventListener('click', () => {
    const strategies = isSideBySide ? COMPARED.slice(-1) : COMPARED;
    const question = isSideBySide
      ? 'Begin anew with FTTE alone? The devices go on by themselves.'
      : 'Begin anew with two models, one by FedAvg and one by FTTE? Each device trains for one of them.';
    if (confirm(question))
      open({ task: task.value, strategies }, `${strategies.map(strategyOf).join(' and ')} begin.`);
  });
  end.addEventListener('click', () => {
    if (!confirm('End this run for good? Devices stop, and the model stays as it is.')) return;
    tell(admin.steer({ kind: 'end' }), 'The run has ended.');
  });
  element('downloads').replaceChildren(
    ...FILES.map(([label, files]) => {
      const button = create('button', 'quiet', label);
      button.type = 'button';
      button.addEventListener('click', () => tell(save(admin, files), `Saved: ${files.join(', ')}.`));
      return button;
    }),
  );
  element('desk').hidden = false;
  setText(element('foot'), 'This page may steer the run: whoever sees its link to the token may, too.');

  return {
    show({ run, figures }) {
      isPaused = figures.isPaused;
      isSideBySide = run.sideBySide.length > 1;
      setText(pause, !isPaused ? 'Pause all' : figures.accepted === 0 ? 'Start' : 'Go on');
      setText(compare, isSideBySide ? 'FTTE alone' : 'Compare FedAvg and FTTE');
      pause.disabled = figures.isEnded;
      end.disabled = figures.isEnded;
      form.show(run.id, figures);
      if (run.id === shownTask) return;
      shownTask = run.id;
      task.value = admin.choices.tasks.find(({ title }) => title === run.taskTitle)?.id ?? task.value;
    },
    remove({ id, name }) {
      if (!confirm(`Remove ${name}? Its page is told so, and can join again as a new device.`)) return;
      tell(admin.steer({ kind: 'remove', deviceId: id }), `Removed: ${name}.`);
    },
    exempt({ id, name }, isExempt) {
      const done = isExempt ? `${name} narrows nobody now.` : `${name} may narrow all again.`;
      tell(admin.steer({ kind: 'exempt', deviceId: id, isExempt }), done);
    },
  };
}

async function save(admin: Admin, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const link = create('a', '');
    link.href = URL.createObjectURL(await admin.download(file));
    link.download = file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }
}
