// Which of the dashboard's words a state calls for. Pure: state in, texts out; knows no element of the page.

import type {
  DashboardDevice,
  DashboardDeviceState,
  DashboardFigures,
  DeskField,
  DeskValues,
} from '../../shared/contract/dashboard.ts';
import { isInPercent, type Metric } from '../../shared/tasks/metric.ts';
import type { Words } from '../common/language.ts';
import { ENGLISH, type DashboardWords } from './english.ts';
import { GERMAN } from './german.ts';

export const WORDS: Words<DashboardWords> = { en: ENGLISH, de: GERMAN };

export const STATES: readonly DashboardDeviceState[] = ['training', 'waiting', 'asleep', 'gone'];

export type Sayings = ReturnType<typeof createSayings>;

export function createSayings(words: DashboardWords) {
  const { formats } = words;
  const { buffer, device: deviceWords, desk } = words;

  /** One that only the server knows is shown by its name. */
  const subsetOf = (name: string): string => (desk.subsets as Readonly<Record<string, string>>)[name] ?? name;

  return {
    words,
    formats,

    /** A choice of a field on the desk's form; `titles`: of strategies, by their ids. */
    choiceOf(field: DeskField['name'], choice: string, titles: ReadonlyMap<string, string>): string {
      switch (field) {
        case 'strategy':
          return titles.get(choice) ?? choice;
        case 'subset':
          return `${choice}: ${subsetOf(choice)}`;
        default:
          return choice;
      }
    },

    /** What waits for the next version. */
    bufferOf({ waitsForAll, bufferSize }: Pick<DashboardFigures, 'waitsForAll' | 'bufferSize'>): {
      readonly title: string;
      readonly note: string;
    } {
      if (waitsForAll) return { title: buffer.cohort, note: buffer.cohortNote };
      return { title: words.page.buffer, note: bufferSize === 1 ? buffer.eachNote : buffer.note };
    },

    /** "waits for 2 devices"; '' where nobody is waited for. */
    waitOf({ waitsForAll, buffered, assignmentsOut }: DashboardFigures): string {
      const isWaiting = waitsForAll && buffered > 0 && assignmentsOut > 0;
      return isWaiting ? buffer.waitsFor(assignmentsOut) : '';
    },

    /** "Trained: one part for all · local rate 0.03 · server rate 1". */
    settingsOf: ({ subset, learningRate, serverLearningRate }: DeskValues): string =>
      buffer.settings(subsetOf(subset), formats.short(learningRate), formats.short(serverLearningRate)),

    /** "9 training, 2 waiting, 1 asleep"; states of nobody are left out. */
    censusOf: (counts: Readonly<Record<DashboardDeviceState, number>>): string =>
      STATES.filter((state) => counts[state] > 0)
        .map((state) => deviceWords.census(counts[state], state))
        .join(', '),

    /** "8× slower · phone · Chrome 156". */
    kindOf({ kind, browser, slowdown }: DashboardDevice): string {
      const slow = slowdown > 1 ? deviceWords.slower(formats.atMost(slowdown, 1)) : '';
      return [slow, kind, browser].filter((part) => part !== '').join(' · ');
    },

    /** "437 KiB of 512 KiB". */
    memoryOf({ deviceBytes, budgetBytes, isBudgetEnforced }: DashboardDevice): string {
      const held = formats.bytes(deviceBytes);
      const budget = formats.bytes(budgetBytes);
      if (!isBudgetEnforced)
        return deviceBytes > 0 ? `${held}, ${deviceWords.notEnforced}` : deviceWords.notEnforced;
      return deviceBytes > 0 ? deviceWords.memoryOf(held, budget) : deviceWords.budget(budget);
    },

    /** "77 %", "all"; "–" for nothing yet. */
    shareOf: (share: number): string => (share <= 0 ? '–' : formats.share(share, deviceWords.all)),

    /** As a chart's axis has it. */
    tickOf: (metric: Metric, score: number): string =>
      isInPercent(metric) ? formats.percent(score) : formats.short(score),
  };
}
