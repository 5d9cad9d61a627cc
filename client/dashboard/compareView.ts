// Runs side by side on one fleet: their scores in one picture, their versions in figures, and which of them the rest of the
// page is about. Knows nothing of connections.

import type { DashboardState } from './dashboardState.ts';
import { build, element, write } from '../common/elements.ts';
import { createTimeChart, type Curve, type TimeChart } from './timeChart.ts';
import { rateNow } from './versionRate.ts';
import type { Sayings } from './sayings.ts';

export interface CompareView {
  /** Runs in their order; fewer than two: nothing is shown. `selected`: the id of the one that the page is about. */
  show(runs: readonly DashboardState[], selected: string): void;
  repaint(): void;
}

interface Entry {
  readonly label: HTMLElement;
  readonly input: HTMLInputElement;
  readonly title: HTMLElement;
  readonly version: HTMLElement;
  readonly score: HTMLElement;
  readonly rate: HTMLElement;
  readonly devices: HTMLElement;
  readonly wait: HTMLElement;
}

export function createCompareView(say: Sayings, select: (runId: string) => void): CompareView {
  const { words, formats } = say;
  const card = element('compare');
  const list = element('compare-runs');
  const target = element('compare-chart');
  let entries: Entry[] = [];
  let chart: TimeChart | null = null;
  let key = '';

  function begin(runs: readonly DashboardState[]): void {
    const { metric, target: wanted } = runs[0]!.run;
    chart?.close();
    card.hidden = false;
    chart = createTimeChart(target, {
      formatValue: (value) => say.tickOf(metric, value),
      sayTarget: words.charts.target,
      ...(metric !== 'mse' && { range: [0, 1] as const }),
      target: wanted,
      axisSize: 3.6,
      numCurves: runs.length,
    });
    entries = runs.map(({ run, figures }, i) => createEntry(run.id, figures.strategyTitle, i));
    list.replaceChildren(...entries.map(({ label }) => label));
  }

  function createEntry(id: string, name: string, index: number): Entry {
    const input = build('input', { type: 'radio', name: 'compared-run', value: id });
    input.addEventListener('change', () => select(id));
    const title = build('span', { class: 'compare-name' }, name);
    const line = build('i', { class: `curve curve-${index % 4}`, 'aria-hidden': 'true' });
    const figures = build('span', { class: 'compare-figures' });
    const figure = (what: string, isLead = false): HTMLElement => {
      const value = build('b', {}, '–');
      figures.append(
        build('span', { class: isLead ? 'compare-figure versions' : 'compare-figure' }, value, ` ${what}`),
      );
      return value;
    };
    const label = build('label', { class: 'compare-run' }, input, line, title, figures);
    return {
      label,
      input,
      title,
      version: figure(words.compare.versions, true),
      rate: figure(words.compare.aMinute),
      score: figure(''),
      devices: figure(''),
      wait: figure(''),
    };
  }

  return {
    show(runs, selected) {
      card.hidden = runs.length < 2;
      if (runs.length < 2) {
        key = '';
        return;
      }
      const newKey = runs.map(({ run }) => run.id).join();
      if (newKey !== key) begin(runs);
      key = newKey;
      runs.forEach((state, i) => {
        const { run, figures, steps, evaluations, nowMs, devices } = state;
        const entry = entries[i]!;
        entry.input.checked = run.id === selected;
        write(entry.title, figures.strategyTitle);
        write(entry.version, formats.whole(figures.version));
        write(entry.rate, formats.whole(rateNow(steps, nowMs)));
        const score = formats.score(run.metric, evaluations.score.at(-1) ?? -1);
        write(entry.score, `${score} ${words.metrics[run.metric]}`);
        const here = [...devices.values()].filter(({ state }) => state !== 'gone').length;
        write(entry.devices, words.devices(here));
        write(entry.wait, say.waitOf(figures));
      });
      const told = runs.map(({ run, figures, evaluations }) => {
        const score = formats.score(run.metric, evaluations.score.at(-1) ?? -1);
        return words.charts.comparedRun(figures.strategyTitle, score, figures.version);
      });
      chart!.show(
        runs.map(curveOf),
        words.charts.compared(words.metrics[runs[0]!.run.metric], told.join('; ')),
      );
    },
    repaint: () => chart?.repaint(),
  };
}

/** Up to the present: a model that stalls is to be seen as it stalls. */
function curveOf({ evaluations, nowMs }: DashboardState): Curve {
  const { atMs, score } = evaluations;
  const newest = score.at(-1);
  if (newest === undefined || nowMs <= atMs.at(-1)!) return { atMs, values: score };
  return { atMs: [...atMs, nowMs], values: [...score, newest] };
}
