// What the dashboard says, in plain words. Pure: state in, sentences out; knows no element of the page.

import { formatByteSize } from '../../shared/byteSize.ts';
import type { DashboardDevice, DashboardDeviceState } from '../../shared/protocol/dashboard.ts';

export const STATES: readonly DashboardDeviceState[] = ['training', 'waiting', 'asleep', 'gone'];

const STRATEGY_NAMES: Readonly<Record<string, string>> = {
  ftte: 'FTTE',
  fedBuff: 'FedBuff',
  fedAsync: 'FedAsync',
  fedAsyncMixing: 'FedAsync (mixing)',
  fedAvg: 'FedAvg',
};

export function strategyOf(name: string): string {
  return STRATEGY_NAMES[name] ?? name;
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
