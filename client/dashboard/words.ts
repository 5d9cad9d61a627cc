// What the dashboard says, in plain words. Pure: state in, sentences out; knows no element of the page.

import { formatByteSize } from '../../shared/byteSize.ts';
import type {
  DashboardDevice,
  DashboardDeviceState,
  DashboardFigures,
  DeskField,
  DeskValues,
} from '../../shared/contract/dashboard.ts';

export const STATES: readonly DashboardDeviceState[] = ['training', 'waiting', 'asleep', 'gone'];

const STRATEGY_NAMES: Readonly<Record<string, string>> = {
  ftte: 'FTTE',
  fedbuff: 'FedBuff',
  fedasync: 'FedAsync',
  'fedasync-mixing': 'FedAsync (mixing)',
  fedasyncmixing: 'FedAsync (mixing)',
  fedavg: 'FedAvg',
};

/** `name` as in a run or as on the command line. */
export function strategyOf(name: string): string {
  return STRATEGY_NAMES[name.toLowerCase()] ?? name;
}

const SUBSET_NAMES: Readonly<Record<string, string>> = {
  weakest: 'one part for all',
  tailored: 'a part for each',
  subnetwork: 'a narrower network',
  rolling: 'a rolling network',
  full: 'the whole model',
};

export function subsetOf(name: string): string {
  return SUBSET_NAMES[name] ?? name;
}

/** A choice of a field on the desk's form. */
export function choiceOf(field: DeskField['name'], choice: string): string {
  switch (field) {
    case 'strategy':
      return strategyOf(choice);
    case 'subset':
      return `${choice}: ${subsetOf(choice)}`;
    default:
      return choice;
  }
}

/** What waits for the next version, and for whom. */
export function bufferWordsOf({
  waitsForAll,
  bufferSize,
}: Pick<DashboardFigures, 'waitsForAll' | 'bufferSize'>): {
  readonly title: string;
  readonly note: string;
} {
  if (waitsForAll)
    return {
      title: 'Cohort',
      note: 'The next version comes when all who are at work have answered: everybody waits for the slowest.',
    };
  const note =
    bufferSize === 1
      ? 'Each update makes a version at once. Nobody waits.'
      : 'A full buffer makes the next version. Nobody waits for the slow.';
  return { title: 'Buffer', note };
}

/** "waits for 2 devices"; '' where nobody is waited for. */
export function waitOf({ waitsForAll, buffered, assignmentsOut }: DashboardFigures): string {
  const isWaiting = waitsForAll && buffered > 0 && assignmentsOut > 0;
  return isWaiting ? `waits for ${plural(assignmentsOut, 'device')}` : '';
}

/** "Trained: one part for all · local rate 0.03 · server rate 1". */
export function settingsOf({ subset, learningRate, serverLearningRate }: DeskValues): string {
  return `Trained: ${subsetOf(subset)} · local rate ${formatRate(learningRate)} · server rate ${formatRate(serverLearningRate)}`;
}

export function formatRate(rate: number): string {
  return String(Number(rate.toPrecision(3)));
}

/** "12.3 ms", "–" for none yet. */
export function formatMs(ms: number): string {
  return ms > 0 ? `${ms < 10 ? ms.toFixed(1) : Math.round(ms)}\u00a0ms` : '–';
}

/** "4:05", "1:02:09". */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** "9 training, 2 waiting, 1 asleep"; states of nobody are left out. */
export function censusOf(counts: Readonly<Record<DashboardDeviceState, number>>): string {
  return STATES.filter((state) => counts[state] > 0)
    .map((state) => `${counts[state].toLocaleString('en')} ${state}`)
    .join(', ');
}

/** "8× slower · phone · Chrome 156". */
export function kindOf({ kind, browser, slowdown }: DashboardDevice): string {
  const slow = slowdown > 1 ? `${Number(slowdown.toFixed(1))}× slower` : '';
  return [slow, kind, browser].filter((part) => part !== '').join(' · ');
}

/** "437 KiB of 512 KiB". */
export function memoryOf({ deviceBytes, budgetBytes, isBudgetEnforced }: DashboardDevice): string {
  if (!isBudgetEnforced)
    return deviceBytes > 0 ? `${formatByteSize(deviceBytes)}, not enforced` : 'not enforced';
  const budget = formatByteSize(budgetBytes);
  return deviceBytes > 0 ? `${formatByteSize(deviceBytes)} of ${budget}` : `budget ${budget}`;
}

/** "77 %" (with a space that does not break), "all" for everything, one decimal under 10 %; "–" for nothing yet. */
export function formatShare(share: number): string {
  if (share <= 0) return '–';
  if (share >= 0.9995) return 'all';
  const percent = share * 100;
  return `${percent < 10 ? percent.toFixed(1) : Math.min(99, Math.round(percent))}\u00a0%`;
}

export function formatStaleness(staleness: number): string {
  return staleness < 0 ? '–' : String(staleness);
}

export function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en')}\u00a0${noun}${count === 1 ? '' : 's'}`;
}
