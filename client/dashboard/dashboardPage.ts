// The dashboard's elements: shows a state as often as the screen is drawn, and no more. Knows nothing of connections.

import type {
  DashboardDevice,
  DashboardDeviceState,
  DashboardFigures,
  StepTimes,
} from '../../shared/contract/dashboard.ts';
import { showCost } from './costView.ts';
import type { DashboardState } from './dashboardState.ts';
import { createCompareView } from './compareView.ts';
import { createDeviceTiles } from './deviceTiles.ts';
import { build, element, write } from '../common/elements.ts';
import { formatDuration } from '../common/formats.ts';
import { createExaminationView } from './examinationView.ts';
import { createHardwareTable } from './hardwareTable.ts';
import { openJoinCard } from './joinCard.ts';
import { deviceClasses, type AlikeDevices } from './modelParts.ts';
import { createNarrowingView, type Exempt } from './narrowingView.ts';
import { createPartsView } from './partsView.ts';
import { showStaleness } from './stalenessBars.ts';
import type { FeedHealth } from './feed.ts';
import { createTimeChart, type TimeChart } from './timeChart.ts';
import { rateNow, ratesOverTime } from './versionRate.ts';
import type { Sayings } from './sayings.ts';

/** Charts and tables that nobody can follow faster. */
const SLOW_MS = 900;
const MOST_SLOTS = 40;

export interface DashboardPage {
  /** `group`: the states of all runs side by side with it, itself included, in their order. */
  show(state: DashboardState, group: readonly DashboardState[]): void;
  /** Between messages, for the clock alone. */
  showTime(nowMs: number): void;
  showHealth(health: FeedHealth): void;
  /** The join code has become known (access.ts): what is shown to join at holds it. */
  codeKnown(): void;
  /** Each device can be taken out from now on. */
  offerRemoval(remove: (device: DashboardDevice) => void): void;
  /** From now on a device that narrows all has a button that lets it narrow nobody. */
  offerExemption(exempt: Exempt): void;
}

export interface DashboardSources {
  readonly fetchSample: (run: string, index: number) => Promise<ArrayBuffer>;
  readonly fetchStepTimes: (run: string) => Promise<StepTimes>;
  /** The page is to be about this run of those side by side. */
  readonly select: (run: string) => void;
}

export function openDashboardPage(
  say: Sayings,
  { fetchSample, fetchStepTimes, select }: DashboardSources,
): DashboardPage {
  const { words, formats } = say;
  const tiles = createDeviceTiles(element('tiles'), say);
  const joinCard = openJoinCard(words);
  const examination = createExaminationView(
    {
      confusionCard: element('confusion-card'),
      confusion: element('confusion'),
      confusionNote: element('confusion-note'),
      mistakesCard: element('mistakes-card'),
      mistakes: element('mistakes'),
    },
    say,
    (index) => fetchSample(shown!.run.id, index),
  );
  const narrowing = createNarrowingView(element('narrowing'), say);
  const parts = createPartsView(element('parts'), say, (of) => void showArena(of));
  const compare = createCompareView(say, select);
  const hardware = createHardwareTable(element<HTMLTableElement>('hardware'), say);
  const showHardware = element<HTMLButtonElement>('show-hardware');
  let stepTimes: StepTimes = {};
  const showGone = element<HTMLButtonElement>('show-gone');
  let shown: DashboardState | null = null;
  let besides: readonly DashboardState[] = [];
  let health: FeedHealth = 'lost';
  let charts: { score: TimeChart; loss: TimeChart; rate: TimeChart } | null = null;
  let shownExamination: DashboardState['examination'] = null;
  let slowAtMs = -Infinity;
  let isSlowDue = false;
  let arenaKey = '';

  showGone.addEventListener('click', () => {
    const isPressed = element('tiles').classList.toggle('with-gone');
    showGone.setAttribute('aria-pressed', String(isPressed));
  });
  showHardware.addEventListener('click', () => {
    const isOpen = element('hardware-card').hidden;
    element('hardware-card').hidden = !isOpen;
    showHardware.setAttribute('aria-expanded', String(isOpen));
    slowAtMs = -Infinity;
    isSlowDue = true;
    if (shown) showSlow(shown);
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    for (const chart of Object.values(charts ?? {})) chart.repaint();
    compare.repaint();
  });

  function begin({ run }: DashboardState): void {
    tiles.clear();
    joinCard.show(run.joinUrls);
    shownExamination = null;
    element('confusion-card').hidden = true;
    element('mistakes-card').hidden = true;
    arenaKey = '';
    stepTimes = {};
    slowAtMs = -Infinity;
    for (const chart of Object.values(charts ?? {})) chart.close();
    const isShare = run.metric !== 'mse';
    charts = {
      score: createTimeChart(element('score-chart'), {
        formatValue: (value) => say.tickOf(run.metric, value),
        sayTarget: words.charts.target,
        ...(isShare && { range: [0, 1] as const }),
        target: run.target,
        axisSize: 3.6,
      }),
      loss: createTimeChart(element('loss-chart'), { formatValue: formats.short }),
      rate: createTimeChart(element('rate-chart'), { formatValue: formats.whole }),
    };
    write(element('score-note'), words.scores[run.metric]);
  }

  function showFigures({ run, figures, steps, evaluations, nowMs }: DashboardState): void {
    write(element('run-title'), `${words.taskTitle(run.taskTitle)} · ${figures.strategyTitle}`);
    write(element('settings'), say.settingsOf(figures.settings));
    const { title, note } = say.bufferOf(figures);
    write(element('buffer-title'), title);
    write(element('buffer-note'), note);
    write(element('score'), formats.score(run.metric, evaluations.score.at(-1) ?? -1));
    write(element('version'), formats.whole(figures.version));
    write(element('updates'), formats.whole(figures.accepted));
    write(element('rate'), formats.whole(rateNow(steps, nowMs)));
    write(element('buffered'), formats.whole(figures.buffered));
    write(element('buffer-of'), words.buffer.of(figures.bufferSize));
    showSlots(element('slots'), figures.buffered, figures.bufferSize);
    showStatus(figures);
    const waits = figures.waiting ? words.waitingFor(figures.waiting) : '';
    const { clipped } = figures;
    write(element('clipped'), clipped > 0 ? words.buffer.clipped(clipped) : '');
    write(element('waiting'), waits && `${waits}.`);
    element('waiting').hidden = waits === '';
    element('waiting').dataset['kind'] = figures.waiting?.kind ?? '';
  }

  function showStatus({ isEnded, isPaused }: Pick<DashboardFigures, 'isEnded' | 'isPaused'>): void {
    const { status } = words;
    const [text, tone] = isEnded
      ? [status.ended, 'calm']
      : health === 'lost'
        ? [status.lost, 'bad']
        : isPaused
          ? [status.paused, 'calm']
          : [status.live, 'good'];
    write(element('status'), text!);
    document.documentElement.dataset['tone'] = tone;
  }

  function showDevices({ devices }: DashboardState): void {
    tiles.show(devices.values());
    const counts = countStates(devices.values());
    write(element('census'), say.censusOf(counts));
    const numHere = devices.size - counts.gone;
    element('no-devices').hidden = numHere > 0;
    showGone.hidden = counts.gone === 0;
    write(showGone, words.device.showGone(counts.gone));
  }

  function showCharts({ run, evaluations, steps, nowMs }: DashboardState): void {
    if (!charts) return;
    const { charts: text } = words;
    const newest = formats.score(run.metric, evaluations.score.at(-1) ?? -1);
    const { atMs: evaluatedAtMs } = evaluations;
    charts.score.show(
      [{ atMs: evaluatedAtMs, values: evaluations.score }],
      text.score(words.metrics[run.metric], newest),
    );
    const loss = evaluations.loss.at(-1);
    charts.loss.show(
      [{ atMs: evaluatedAtMs, values: evaluations.loss }],
      text.loss(loss === undefined ? text.unknown : formats.fixed(loss, 3)),
    );
    const { atMs, rates } = ratesOverTime(steps, nowMs);
    charts.rate.show([{ atMs, values: rates }], text.rate(formats.whole(rateNow(steps, nowMs))));
  }

  async function showArena(of: AlikeDevices): Promise<void> {
    if (!shown || of.key === arenaKey) return;
    arenaKey = of.key;
    const { model, batch } = shown.run;
    const code = await import('./dashboardArena.ts').catch(() => null);
    if (arenaKey !== of.key) return;
    const card = element('arena-card');
    if (!code) {
      // Asked for again with the next tap.
      arenaKey = '';
      write(element('arena-note'), words.arena.missing);
      element('arena').replaceChildren();
      card.hidden = false;
      return;
    }
    try {
      const { svg, note } = code.pictureArena(model, of.scheme, batch, of.budgetBytes, words);
      element('arena').innerHTML = svg;
      write(element('arena-note'), note);
      card.hidden = false;
    } catch {
      // A scheme of before the budget changed: the next one comes with the next assignment.
      card.hidden = true;
    }
  }

  /** What nobody can follow faster than about once a second. */
  function showSlow(state: DashboardState): void {
    const now = performance.now();
    if (!isSlowDue || now - slowAtMs < SLOW_MS) return;
    isSlowDue = false;
    slowAtMs = now;
    compare.show(besides, state.run.id);
    if (!element('hardware-card').hidden) void showTable(state);
    showCharts(state);
    showCost(state, say);
    showStaleness(element('staleness'), state.staleness, say);
    narrowing.show(state.devices.values());
    parts.show(state.run.model, deviceClasses(state.devices.values(), state.schemes));
    if (!state.examination || state.examination === shownExamination) return;
    shownExamination = state.examination;
    examination.show(state.run, state.examination);
  }

  async function showTable(state: DashboardState): Promise<void> {
    try {
      stepTimes = await fetchStepTimes(state.run.id);
    } catch {
      // The connection is lost, which the page says elsewhere; what is known stays.
    }
    if (shown === state) hardware.show(state.devices.values(), stepTimes);
  }

  return {
    offerRemoval: (remove) => tiles.offerRemoval(remove),
    codeKnown() {
      if (shown) joinCard.show(shown.run.joinUrls);
    },
    offerExemption: (exempt) => narrowing.offerExemption(exempt),
    show(state, group) {
      besides = group;
      if (shown?.run !== state.run) {
        shown = state;
        begin(state);
      }
      showFigures(state);
      showDevices(state);
      isSlowDue = true;
      showSlow(state);
    },
    showTime(nowMs) {
      write(element('time'), formatDuration(nowMs));
      if (shown) showSlow(shown);
    },
    showHealth(now) {
      if (now === health) return;
      health = now;
      element('held-back').hidden = now !== 'polled';
      showStatus(shown?.figures ?? { isEnded: false, isPaused: false });
    },
  };
}

function showSlots(target: HTMLElement, filled: number, size: number): void {
  const count = Math.min(Math.max(size, filled), MOST_SLOTS);
  while (target.children.length < count) target.append(build('i'));
  while (target.children.length > count) target.lastElementChild!.remove();
  const numFilled = Math.round((filled / Math.max(size, filled, 1)) * count);
  for (let i = 0; i < count; i++) target.children[i]!.classList.toggle('full', i < numFilled);
}

function countStates(devices: Iterable<DashboardDevice>): Record<DashboardDeviceState, number> {
  const counts = { training: 0, waiting: 0, asleep: 0, gone: 0 };
  for (const { state } of devices) counts[state]++;
  return counts;
}
