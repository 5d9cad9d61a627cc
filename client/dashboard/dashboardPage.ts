// The dashboard's elements: shows a state as often as the screen is drawn, and no more. Knows nothing of connections.

import { formatByteSize } from '../../shared/byteSize.ts';
import type {
  DashboardDevice,
  DashboardDeviceState,
  DashboardFigures,
  StepTimes,
} from '../../shared/contract/dashboard.ts';
import { waitingInWords } from '../../shared/contract/waitingInWords.ts';
import { formatScore, METRIC_NAMES } from '../../shared/tasks/metric.ts';
import { joinAddress } from '../../shared/joinAddress.ts';
import { COMMON_ENGLISH } from '../common/commonEnglish.ts';
import { accessTo } from './access.ts';
import { costOf, savedOf, type Against } from './costOf.ts';
import type { DashboardState } from './dashboardState.ts';
import { createCompareView } from './compareView.ts';
import { createDeviceTiles } from './deviceTiles.ts';
import { create, element, setShare, setText } from './elements.ts';
import { createExaminationView } from './examinationView.ts';
import { createHardwareTable } from './hardwareTable.ts';
import { drawJoinCode } from './joinCode.ts';
import { deviceClasses, type AlikeDevices } from './modelParts.ts';
import { createNarrowingView, type Exempt } from './narrowingView.ts';
import { createPartsView } from './partsView.ts';
import { showStaleness } from './stalenessBars.ts';
import type { FeedHealth } from './feed.ts';
import { createTimeChart, type TimeChart } from './timeChart.ts';
import { rateNow, ratesOverTime } from './versionRate.ts';
import { bufferWordsOf, censusOf, formatDuration, settingsOf, strategyOf } from './words.ts';

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

export function openDashboardPage({ fetchSample, fetchStepTimes, select }: DashboardSources): DashboardPage {
  const tiles = createDeviceTiles(element('tiles'));
  const examination = createExaminationView(
    {
      confusionCard: element('confusion-card'),
      confusion: element('confusion'),
      confusionNote: element('confusion-note'),
      mistakesCard: element('mistakes-card'),
      mistakes: element('mistakes'),
    },
    (index) => fetchSample(shown!.run.id, index),
  );
  const narrowing = createNarrowingView(element('narrowing'));
  const parts = createPartsView(element('parts'), (of) => void showArena(of));
  const compare = createCompareView(select);
  const hardware = createHardwareTable(element<HTMLTableElement>('hardware'));
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
  const choice = element<HTMLSelectElement>('interface-choice');
  choice.addEventListener('change', () => showAddress(choice.value));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    for (const chart of Object.values(charts ?? {})) chart.repaint();
    compare.repaint();
  });

  function begin({ run }: DashboardState): void {
    tiles.clear();
    offerAddresses(run.joinUrls);
    shownExamination = null;
    element('confusion-card').hidden = true;
    element('mistakes-card').hidden = true;
    arenaKey = '';
    stepTimes = {};
    slowAtMs = -Infinity;
    for (const chart of Object.values(charts ?? {})) chart.close();
    const isShare = run.metric !== 'mse';
    const asPercent = run.metric === 'accuracy' || run.metric === 'recall';
    charts = {
      score: createTimeChart(element('score-chart'), {
        formatValue: (value) =>
          asPercent ? `${Math.round(value * 100)}\u00a0%` : String(Number(value.toPrecision(3))),
        ...(isShare && { range: [0, 1] as const }),
        target: run.target,
        axisSize: 3.6,
      }),
      loss: createTimeChart(element('loss-chart'), {
        formatValue: (value) => String(Number(value.toPrecision(3))),
      }),
      rate: createTimeChart(element('rate-chart'), { formatValue: (value) => String(Math.round(value)) }),
    };
    setText(element('score-note'), COMMON_ENGLISH.scores[run.metric]);
  }

  function showFigures({ run, figures, steps, evaluations, nowMs }: DashboardState): void {
    setText(element('run-title'), `${run.taskTitle} · ${strategyOf(figures.strategy)}`);
    setText(element('settings'), settingsOf(figures.settings));
    const { title, note } = bufferWordsOf(figures);
    setText(element('buffer-title'), title);
    setText(element('buffer-note'), note);
    setText(
      element('score'),
      formatScore(run.metric, evaluations.score.at(-1) ?? -1)
        .replace(' ', '\u00a0')
        .replace(/^-$/, '–'),
    );
    setText(element('version'), figures.version.toLocaleString('en'));
    setText(element('updates'), figures.accepted.toLocaleString('en'));
    setText(element('rate'), String(Math.round(rateNow(steps, nowMs))));
    setText(element('buffered'), String(figures.buffered));
    setText(element('buffer-of'), `of ${figures.bufferSize} updates`);
    showSlots(element('slots'), figures.buffered, figures.bufferSize);
    showStatus(figures);
    const waits = figures.waiting ? waitingInWords(figures.waiting) : '';
    setText(element('waiting'), waits && `${waits}.`);
    element('waiting').hidden = waits === '';
    element('waiting').dataset['kind'] = figures.waiting?.kind ?? '';
  }

  function showStatus({ isEnded, isPaused }: Pick<DashboardFigures, 'isEnded' | 'isPaused'>): void {
    const [text, tone] = isEnded
      ? ['Ended', 'calm']
      : health === 'lost'
        ? ['Connection lost, trying again', 'bad']
        : isPaused
          ? ['Paused', 'calm']
          : ['Live', 'good'];
    setText(element('status'), text!);
    document.documentElement.dataset['tone'] = tone;
  }

  function showDevices({ devices }: DashboardState): void {
    tiles.show(devices.values());
    const counts = countStates(devices.values());
    setText(element('census'), censusOf(counts));
    const numHere = devices.size - counts.gone;
    element('no-devices').hidden = numHere > 0;
    showGone.hidden = counts.gone === 0;
    setText(showGone, `Show ${counts.gone} gone`);
  }

  function showCharts({ run, evaluations, steps, nowMs }: DashboardState): void {
    if (!charts) return;
    const newest = formatScore(run.metric, evaluations.score.at(-1) ?? -1);
    const name = METRIC_NAMES[run.metric];
    const { atMs: evaluatedAtMs } = evaluations;
    charts.score.show(
      [{ atMs: evaluatedAtMs, values: evaluations.score }],
      `${name} over time, now ${newest}`,
    );
    const loss = evaluations.loss.at(-1);
    charts.loss.show(
      [{ atMs: evaluatedAtMs, values: evaluations.loss }],
      `Loss over time, now ${loss === undefined ? 'unknown' : loss.toFixed(3)}`,
    );
    const { atMs, rates } = ratesOverTime(steps, nowMs);
    charts.rate.show(
      [{ atMs, values: rates }],
      `Versions a minute over time, now ${Math.round(rateNow(steps, nowMs))}`,
    );
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
      setText(element('arena-note'), 'This picture could not be fetched. Load the page anew.');
      element('arena').replaceChildren();
      card.hidden = false;
      return;
    }
    try {
      const { svg, note } = code.pictureArena(model, of.scheme, batch, of.budgetBytes);
      element('arena').innerHTML = svg;
      setText(element('arena-note'), note);
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
    showCost(state);
    showStaleness(element('staleness'), state.staleness);
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
      if (shown) offerAddresses(shown.run.joinUrls);
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
      setText(element('time'), formatDuration(nowMs));
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

function offerAddresses(servers: readonly string[]): void {
  const choice = element<HTMLSelectElement>('interface-choice');
  const code = accessTo('code');
  const urls = servers.map((server) => joinAddress(server, code));
  choice.replaceChildren(
    ...urls.map((url) => {
      const option = create('option', '', withoutScheme(url));
      option.value = url;
      return option;
    }),
  );
  element('interface').hidden = urls.length < 2;
  showAddress(urls[0]!);
}

function showAddress(url: string): void {
  element('qr').replaceChildren(drawJoinCode(url));
  const link = element<HTMLAnchorElement>('address');
  link.href = url;
  setText(link, withoutScheme(url));
  const isLocal = /^https?:\/\/(127\.|localhost|\[::1\])/.test(url);
  setText(
    element('join-note'),
    isLocal
      ? 'This address leads nowhere but to this machine.'
      : 'Scan the code or type the address. Nothing has to be installed.',
  );
}

function withoutScheme(url: string): string {
  return url.replace(/^http:\/\//, '');
}

function showCost(state: DashboardState): void {
  const { payload, memory } = costOf(state.run, state.figures, state.devices.values());
  showAgainst('payload', payload);
  showAgainst('memory', memory);
  setText(
    element('cost-note'),
    `FedAvg: as many updates with the whole model, 4 bytes a parameter, down and up; and a device that holds the training of the whole model, ${state.run.batch} samples at once. Here: all bytes so far, and the most that any device holds.`,
  );
}

function showAgainst(name: 'payload' | 'memory', against: Against): void {
  const most = Math.max(against.here, against.fedAvg, 1);
  setShare(element(`${name}-rod`), against.here / most);
  setShare(element(`${name}-rod-other`), against.fedAvg / most);
  setText(element(`${name}-here`), against.here > 0 ? formatByteSize(against.here) : '–');
  setText(element(`${name}-other`), against.fedAvg > 0 ? formatByteSize(against.fedAvg) : '–');
  setText(element(`${name}-saved`), savedOf(against));
}

function showSlots(target: HTMLElement, filled: number, size: number): void {
  const count = Math.min(Math.max(size, filled), MOST_SLOTS);
  while (target.children.length < count) target.append(create('i', ''));
  while (target.children.length > count) target.lastElementChild!.remove();
  const numFilled = Math.round((filled / Math.max(size, filled, 1)) * count);
  for (let i = 0; i < count; i++) target.children[i]!.classList.toggle('full', i < numFilled);
}

function countStates(devices: Iterable<DashboardDevice>): Record<DashboardDeviceState, number> {
  const counts = { training: 0, waiting: 0, asleep: 0, gone: 0 };
  for (const { state } of devices) counts[state]++;
  return counts;
}
