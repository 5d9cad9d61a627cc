// The teacher's desk: hold the devices, slow some down, change the settings, begin anew, compare, end, take things home.
// There only with the token.

import type { DashboardDevice } from '../../shared/contract/dashboard.ts';
import type { CommandOf } from '../../shared/contract/steering.ts';
import type { Admin } from './admin.ts';
import type { DashboardState } from './dashboardState.ts';
import { build, buildButton, element, write } from '../common/elements.ts';
import type { DashboardWords } from './english.ts';
import type { Sayings } from './sayings.ts';
import { openSettingsForm } from './settingsForm.ts';

type Download = keyof DashboardWords['desk']['files'];
const FILES: Readonly<Record<Download, readonly string[]>> = {
  safetensors: ['model.safetensors'],
  tfjs: ['model.json', 'weights.bin'],
  metricsCsv: ['metrics.csv'],
  metricsJsonl: ['metrics.jsonl'],
  devicesCsv: ['devices.csv'],
};

export interface Desk {
  show(state: DashboardState): void;
  /** Takes the device out, once that is confirmed. */
  remove(device: DashboardDevice): void;
  /** The device's budget narrows nobody, or may again. */
  exempt(device: DashboardDevice, isExempt: boolean): void;
}

export function openDesk(admin: Admin, say: Sayings): Desk {
  const words = say.words.desk;
  const { compared } = admin.choices;
  const titleOf = (id: string): string =>
    admin.choices.strategies.find((strategy) => strategy.id === id)?.title ?? id;
  const compareTitle = compared.map(titleOf).join(words.and);
  const aloneTitle = compared.slice(-1).map(titleOf).join();
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
      () => write(told, done),
      // What the server says is in its own language; a browser's words for no answer are nobody's.
      (error: unknown) =>
        write(told, words.failed(error instanceof TypeError ? words.unreachable : (error as Error).message)),
    );
  }

  /** Opening a run takes a moment, in which nothing else is to be begun. */
  function open(command: Omit<CommandOf<'begin'>, 'kind'>, done: string): void {
    begin.disabled = true;
    compare.disabled = true;
    write(told, words.opening);
    const opened = admin.steer({ kind: 'begin', ...command }).finally(() => {
      begin.disabled = false;
      compare.disabled = false;
    });
    tell(opened, done);
  }

  const form = openSettingsForm(admin.choices, say, (change) =>
    tell(admin.steer({ kind: 'settings', ...change }), words.changed),
  );
  task.replaceChildren(
    ...admin.choices.tasks.map(({ id, title }) => build('option', { value: id }, say.words.taskTitle(title))),
  );
  pause.addEventListener('click', () =>
    tell(admin.steer({ kind: 'pause', isPaused: !isPaused }), isPaused ? words.allGoOn : words.allPause),
  );
  element('slow').addEventListener('click', () => {
    const share = element<HTMLSelectElement>('slow-share');
    const factor = Number(element<HTMLSelectElement>('slow-factor').value);
    const whose = share.selectedOptions[0]!.text;
    const where = isSideBySide ? words.forEach : '';
    tell(
      admin.steer({ kind: 'slow', share: Number(share.value), factor }),
      `${words.slowed(whose, factor)}${where}.`,
    );
  });
  element('unslow').addEventListener('click', () =>
    tell(admin.steer({ kind: 'slow', share: 0, factor: 1 }), words.unslowed),
  );
  begin.addEventListener('click', () => {
    const title = task.selectedOptions[0]!.text;
    if (confirm(words.askBegin(title))) open({ task: task.value }, words.begun(title));
  });
  compare.addEventListener('click', () => {
    const strategies = isSideBySide ? compared.slice(-1) : compared;
    const question = isSideBySide ? words.askAlone(aloneTitle) : words.askCompare(compareTitle);
    const done = words.begin(isSideBySide ? aloneTitle : compareTitle);
    if (confirm(question)) open({ task: task.value, strategies }, done);
  });
  end.addEventListener('click', () => {
    if (confirm(words.askEnd)) tell(admin.steer({ kind: 'end' }), words.ended);
  });
  element('downloads').replaceChildren(
    ...(Object.keys(FILES) as Download[]).map((download) => {
      const files = FILES[download];
      const save = (): void => tell(saveFiles(admin, files), words.saved(files.join(', ')));
      return buildButton(words.files[download], save, 'quiet');
    }),
  );
  element('desk').hidden = false;
  write(element('foot'), words.foot);

  return {
    show({ run, figures }) {
      isPaused = figures.isPaused;
      isSideBySide = run.sideBySide.length > 1;
      write(pause, !isPaused ? words.pauseAll : figures.accepted === 0 ? words.start : words.goOn);
      write(compare, isSideBySide ? words.alone(aloneTitle) : words.compare(compareTitle));
      pause.disabled = figures.isEnded;
      end.disabled = figures.isEnded;
      form.show(run.id, figures);
      if (run.id === shownTask) return;
      shownTask = run.id;
      task.value = admin.choices.tasks.find(({ title }) => title === run.taskTitle)?.id ?? task.value;
    },
    remove({ id, name }) {
      if (!confirm(words.askRemove(name))) return;
      tell(admin.steer({ kind: 'remove', deviceId: id }), words.removed(name));
    },
    exempt({ id, name }, isExempt) {
      const done = isExempt ? words.exempted(name) : words.unexempted(name);
      tell(admin.steer({ kind: 'exempt', deviceId: id, isExempt }), done);
    },
  };
}

async function saveFiles(admin: Admin, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const link = build('a', { href: URL.createObjectURL(await admin.download(file)), download: file });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }
}
