// The teacher's desk: hold the devices, slow some down, end the run, take things home. There only with the token.

import type { DashboardFigures } from '../../shared/protocol/dashboard.ts';
import type { Admin } from './admin.ts';
import { create, element, setText } from './elements.ts';

const FILES: readonly (readonly [label: string, files: readonly string[]])[] = [
  ['Model (safetensors)', ['model.safetensors']],
  ['Model (TensorFlow.js)', ['model.json', 'weights.bin']],
  ['Metrics (CSV)', ['metrics.csv']],
  ['Metrics (JSONL)', ['metrics.jsonl']],
  ['Devices (CSV)', ['devices.csv']],
];

export interface Desk {
  show(figures: DashboardFigures): void;
}

export function openDesk(admin: Admin): Desk {
  const pause = element<HTMLButtonElement>('pause-all');
  const end = element<HTMLButtonElement>('end-run');
  const told = element('desk-told');
  let isPaused = false;

  function tell(work: Promise<void>, done: string): void {
    work.then(
      () => setText(told, done),
      (error: unknown) => setText(told, `That did not work: ${(error as Error).message}`),
    );
  }

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
    tell(
      admin.steer({ kind: 'slow', share: Number(share.value), factor }),
      `${whose.charAt(0).toUpperCase()}${whose.slice(1)} of the devices that are here: ${factor} times slower.`,
    );
  });
  element('unslow').addEventListener('click', () =>
    tell(admin.steer({ kind: 'slow', share: 0, factor: 1 }), 'All devices are as fast as they are.'),
  );
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
    show(figures) {
      isPaused = figures.isPaused;
      setText(pause, isPaused ? 'Go on' : 'Pause all');
      pause.disabled = figures.isEnded;
      end.disabled = figures.isEnded;
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
