// Figures as each language writes them. Pure. Spaces within a figure do not break; '–' stands for what is not known yet.

import { byteSizeParts } from '../../shared/byteSize.ts';
import { isInPercent, type Metric } from '../../shared/tasks/metric.ts';
import type { Language } from './language.ts';

const SPACE = '\u00a0';
const NONE = '–';

export function createFormats(language: Language) {
  const by = (options: Intl.NumberFormatOptions): ((value: number) => string) => {
    const { format } = new Intl.NumberFormat(language, { useGrouping: false, ...options });
    return format;
  };
  /** One for each number of digits, made when it is first needed: to make one takes long beside its use. */
  const byDigits = (optionsFor: (digits: number) => Intl.NumberFormatOptions) => {
    const made: ((value: number) => string)[] = [];
    return (value: number, digits: number): string => (made[digits] ??= by(optionsFor(digits)))(value);
  };
  /** "1,234" */
  const whole = by({ useGrouping: true, maximumFractionDigits: 0 });
  /** Three digits at most, as many as it takes: "0.03" */
  const short = by({ maximumSignificantDigits: 3 });
  const three = by({ minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
  const fixed = byDigits((digits) => ({ minimumFractionDigits: digits, maximumFractionDigits: digits }));
  const atMost = byDigits((digits) => ({ maximumFractionDigits: digits }));
  /** "77 %" */
  const percent = (share: number, digits = 0): string => `${fixed(100 * share, digits)}${SPACE}%`;

  return {
    language,
    whole,
    short,
    fixed,
    atMost,
    percent,

    /** "2 devices" */
    count: (count: number, one: string, many: string): string =>
      `${whole(count)}${SPACE}${count === 1 ? one : many}`,

    /** Never rounds up to everything, which is `all`; one digit under 10 %. */
    share(share: number, all: string): string {
      if (share >= 0.9995) return all;
      return share < 0.1 ? percent(share, 1) : percent(Math.min(0.99, share));
    },

    /** "185.6 KiB" */
    bytes(bytes: number): string {
      const [size, unit] = byteSizeParts(bytes);
      return `${atMost(size, 2)} ${unit}`;
    },

    /** "2.3 ms"; of 0: none yet. */
    ms: (ms: number): string => (ms > 0 ? `${fixed(ms, ms < 10 ? 1 : 0)}${SPACE}ms` : NONE),

    /** "90.5 %", "0.123"; of -1: none yet. */
    score(metric: Metric, score: number): string {
      if (score < 0) return NONE;
      if (isInPercent(metric)) return percent(score, 1);
      return metric === 'mse' ? three(score) : fixed(score, 3);
    },
  };
}

/** "4:05", "1:02:09", in every language. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
