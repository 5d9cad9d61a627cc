// Runs side by side on one fleet: their scores in one picture, their versions in figures, and which of them the rest of the
// page is about. Knows nothing of connections.

import { formatScore, METRIC_NAMES } from '../../shared/tasks/metric.ts';
import type { DashboardState } from './dashboardState.ts';
import { create, element, setText } from './elements.ts';
import { createTimeChart, type Curve, type TimeChart } from './timeChart.ts';
import { rateNow } from './versionRate.ts';
import { plural, strategyOf, waitOf } from './words.ts';

export interface CompareView {
  /** Runs in their order; fewer than two: nothing is shown. `selected`: the id of the one that the page is about. */
  show(runs: readonly DashboardState[], selected: string): void;
  repaint(): void;
}

interface Entry {
  readonly input: HTMLInputElement;
  readonly version: HTMLElement;
  readonly score: HTMLElement;
  readonly rate: HTMLElement;
  readonly devices: HTMLElement;
  readonly wait: HTMLElement;
}

export function createCompareView(select: (runId: string) => void): CompareView {
  const card = element('compare');
  const list = element('compare-runs');
  const target = element('compare-chart');
  let entries: Entry[] = [];
  let chart: TimeChart | null = null;
  let key = '';

  function begin(runs: readonly DashboardState[]): void {
    const { metric, target: wanted } = runs[0]!.run;
    const asPercent = metric === 'accuracy' || metric === 'recall';
    chart?.close();
    card.hidden = false;
    chart = createTimeChart(target, {
      formatValue: (value) =>
        asPercent ? `${Math.round(value * 100)}\u00a0%` : String(Number(value.toPrecision(3))),
      ...(metric !== 'mse' && { range: [0, 1] as const }),
      target: wanted,
      axisSize: 3.6,
      numCurves: runs.length,
    });
    entries = runs.map(({ run, figures }, i) => createEntry(run.id, strategyOf(figures.strategy), i));
    list.replaceChildren(...entries.map(({ input }) => input.closest('label')!));
  }

  function createEntry(id: string, name: string, index: number): Entry {
    const label = create('label', 'compare-run');
    const input = create('input', '');
    input.type = 'radio';
    input.name = 'compared-run';
    input.value = id;
    input.addEventListener('change', () => select(id));
    const title = create('span', 'compare-name', name);
    const line = create('i', `curve curve-${index % 4}`);
    line.setAttribute('aria-hidden', 'true');
    const figures = create('span', 'compare-figures');
    const figure = (what: string, isLead = false): HTMLElement => {
      const group = create('span', isLead ? 'compare-figure versions' : 'compare-figure');
      const value = create('b', '', '–');
      group.append(value, ` ${what}`);
      figures.append(group);
      return value;
    };
    const entry = {
      input,
      version: figure('versions', true),
      rate: figure('a minute'),
      score: figure(''),
      devices: figure(''),
      wait: figure(''),
    };
    label.append(input, line, title, figures);
    return entry;
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
        setText(entry.input.parentElement!.querySelector('.compare-name')!, strategyOf(figures.strategy));
        setText(entry.version, figures.version.toLocaleString('en'));
        setText(entry.rate, String(Math.round(rateNow(steps, nowMs))));
        const score = formatScore(run.metric, evaluations.score.at(-1) ?? -1);
        setText(entry.score, `${score} ${METRIC_NAMES[run.metric]}`);
        const here = [...devices.values()].filter(({ state }) => state !== 'gone').length;
        setText(entry.devices, plural(here, 'device'));
        setText(entry.wait, waitOf(figures));
      });
      const told = runs.map(({ run, figures, evaluations }) => {
        const score = formatScore(run.metric, evaluations.score.at(-1) ?? -1);
        return `${strategyOf(figures.strategy)} ${score} after ${plural(figures.version, 'version')}`;
      });
      chart!.show(runs.map(curveOf), `${METRIC_NAMES[runs[0]!.run.metric]} over time: ${told.join('; ')}`);
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
