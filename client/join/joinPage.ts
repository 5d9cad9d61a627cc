// The join page's elements: shows a device's state and the slider of its budget. Fetched with the first local step, or
// as soon as there is something else to say. Knows nothing of how a device works.

import { build, element, setShare, write } from '../common/elements.ts';
import type { Language } from '../common/language.ts';
import { showLanguages } from '../common/languageLinks.ts';
import { isMemoryRefused, isOver, type DeviceState, type HeldReason } from '../device/deviceState.ts';
import type { OwnDataApi } from '../device/ownData.ts';
import { BUDGET_STOPS, nearestStop } from './budgetStops.ts';
import type { JoinWords } from './english.ts';
import type { Mistake } from './joinParameters.ts';
import { openKeepAwake } from './keepAwake.ts';
import { showLayers } from './layersView.ts';
import { keepOfflineShell } from './offlineShell.ts';
import { createOwnLater } from './own/ownLater.ts';
import { createSayings, heldBytesOf, type Circumstances } from './sayings.ts';
import { showShoal } from './shoalView.ts';
import { sparklinePath } from '../common/sparkline.ts';
import { watchSurroundings } from './surroundings.ts';

export interface JoinPage {
  show(state: DeviceState): void;
}

/** Each is fetched by those who read it alone. */
const WORDS: Readonly<Record<Language, () => Promise<JoinWords>>> = {
  en: async () => (await import('./english.ts')).ENGLISH,
  de: async () => (await import('./german.ts')).GERMAN,
};

const NUM_SCORES_SHOWN = 240;

const LATE_MS = 3_000;
const TICK_MS = 1_000;

export interface JoinPageActions {
  readonly setBudget: (budgetBytes: number) => void;
  /** What the phone tells: the device is to rest, or '' no more. */
  readonly setHeld: (held: HeldReason) => void;
  /** A part of this page is older than what the server has, or no more. */
  readonly setOlder: (part: string, isOlder: boolean) => void;
  /** The person's own samples, once there is a device. */
  readonly own: () => OwnDataApi | undefined;
}

/** Takes over the page's elements, of a tab that trains for `server`. `mistakes` in its address are shown above whatever the device has to say. */
export async function openJoinPage(
  language: Language,
  server: string,
  mistakes: readonly Mistake[],
  { setBudget, setHeld, setOlder, own }: JoinPageActions,
): Promise<JoinPage> {
  const words = await WORDS[language]();
  const say = createSayings(words);
  const { formats } = words;
  const notices = mistakes.length > 0 ? [words.notice.badAddress, ...mistakes.map(say.mistakeOf)] : [];
  const budget = element<HTMLInputElement>('budget');
  const scores: number[] = [];
  let shownBudgetBytes = 0;
  let halfBytes = 0;
  let shownState: DeviceState | null = null;
  let isKept = false;
  const { host } = new URL(server);
  let around: Circumstances = {
    isOnline: true,
    sleptMs: 0,
    screen: 'free',
    isLate: false,
    nowMs: Date.now(),
    host,
  };

  function circumstancesChanged(change: Partial<Circumstances>): void {
    around = { ...around, ...change };
    if (shownState) showHero(shownState);
  }
  const keepAwake = openKeepAwake((screen) => circumstancesChanged({ screen: isPhone() ? screen : 'free' }));
  let held: HeldReason | null = null;
  watchSurroundings((now) => {
    circumstancesChanged(now);
    if (held !== now.held) setHeld(now.held);
    held = now.held;
  });
  setTimeout(() => circumstancesChanged({ isLate: true }), LATE_MS);
  // For the time until the next try.
  setInterval(() => {
    if (shownState?.phase === 'connecting') circumstancesChanged({ nowMs: Date.now() });
  }, TICK_MS);

  showLanguages(element('languages'), language);
  const ownData = createOwnLater(element('own-card'), own, language, (isOlder) => setOlder('own', isOlder));
  budget.max = String(BUDGET_STOPS.length - 1);
  budget.addEventListener('input', () => showBudget(BUDGET_STOPS[Number(budget.value)]!));
  budget.addEventListener('change', () => setBudget(BUDGET_STOPS[Number(budget.value)]!));

  element('half').addEventListener('click', () => setBudget(halfBytes));

  function showBudget(bytes: number): void {
    const text = say.sizeOf(bytes);
    write(element('budget-output'), text);
    budget.setAttribute('aria-valuetext', text);
  }

  function showHero(state: DeviceState): void {
    showHeadline(say.headlineOf(state));
    write(element('status'), say.statusOf(state, around.isOnline));
    write(element('data-line'), say.dataLineOf(state));
    write(element('memory-line'), say.memoryLineOf(state));
    const activity = say.activityOf(state, around.nowMs);
    write(element('activity'), activity);
    element('work').hidden = activity === '';
    const share = state.phase === 'uploading' ? 1 : state.numSteps > 0 ? state.step / state.numSteps : 0;
    setShare(element('work-fill'), share);
    showTexts('notice', [...notices, say.noticeOf(state)]);
    showTexts('hint', say.hintsOf(state, around));
    showShoal(element('shoal'), state.connected ? state.numDevices : 0, words.shoalMore);
    // A tab that never joined has nothing to show but what would help.
    const hasNothing = state.trainedShare < 0 && (state.phase === 'refused' || state.phase === 'failed');
    for (const card of ['accuracy-card', 'model-card', 'figures-card']) element(card).hidden = hasNothing;
    element('page').toggleAttribute('data-bare', hasNothing);
    element('memory-card').hidden = hasNothing && state.phase === 'failed' && !isMemoryRefused(state);
  }

  function showButtons(state: DeviceState): void {
    element('pause').hidden = isOver(state);
    element('leave').hidden = isOver(state) || (state.held !== '' && state.deviceId === '');
    const mayReturn = state.refusal?.code === 'superseded' || state.refusal?.code === 'removed';
    const mayTryAgain = isMemoryRefused(state) || state.problem.startsWith('workerFailed');
    element('join-again').hidden = state.phase !== 'left' && !mayReturn && !mayTryAgain;
    write(element('join-again'), mayTryAgain ? words.buttons.tryAgain : words.buttons.joinAgain);
    halfBytes = isMemoryRefused(state) ? halfOf(state) : 0;
    element('half').hidden = halfBytes === 0;
    write(element('half'), halfBytes > 0 ? words.buttons.declare(say.sizeOf(halfBytes)) : '');
    budget.disabled = isOver(state) && state.phase !== 'refused' && !isMemoryRefused(state);
    write(element('pause'), say.buttonOf(state, host));
  }

  function showModel(state: DeviceState): void {
    if (state.score >= 0 && state.score !== scores[scores.length - 1]) scores.push(state.score);
    if (scores.length > NUM_SCORES_SHOWN) scores.shift();
    write(element('accuracy'), say.scoreOf(state));
    write(element('accuracy-note'), say.scoreNoteOf(state));
    const isShare = state.metric !== 'mse';
    const line = isShare ? sparklinePath(scores, 300, 60, 0, 1) : sparklinePath(scores, 300, 60);
    setPath('accuracy-curve', '.line', line);
    setPath('accuracy-curve', '.area', line && `${line}L300 64L0 64Z`);
    if (state.trainedShare < 0) return;
    showLayers(element('layers'), state.layers, say);
    write(element('model-note'), say.modelNoteOf(state));
  }

  function showMemory(state: DeviceState): void {
    const { budgetBytes } = state;
    const { deviceBytes, allocatedBytes } = heldBytesOf(state);
    if (budgetBytes !== shownBudgetBytes) {
      shownBudgetBytes = budgetBytes;
      budget.value = String(nearestStop(budgetBytes));
      showBudget(budgetBytes);
    }
    const share = allocatedBytes > 0 ? deviceBytes / budgetBytes : 0;
    const { figure, against, note, promise } = say.memoryOf(state);
    const text = share > 0 ? `${figure} ${against}` : words.memory.nothingYet;
    write(element('device-bytes'), figure);
    write(element('device-bytes-of'), against);
    write(element('memory-note'), note);
    write(element('budget-hint'), promise);
    setShare(element('memory-fill'), share);
    const meter = element('memory-meter');
    meter.setAttribute('aria-valuemax', String(budgetBytes));
    meter.setAttribute('aria-valuenow', String(Math.min(deviceBytes, budgetBytes)));
    meter.setAttribute('aria-valuetext', text);
  }

  function showFigures(state: DeviceState): void {
    const { losses, stepMs, version, updates, refused } = state;
    write(element('version'), formats.whole(version));
    write(element('updates'), words.figures.updates(formats.whole(updates), refused));
    write(element('staleness'), say.stalenessOf(state.lastStaleness));
    write(element('step-ms'), formats.ms(stepMs));
    write(element('loss'), losses.length > 0 ? formats.fixed(losses[losses.length - 1]!, 3) : '–');
    setPath('loss-curve', '.line', sparklinePath(losses, 120, 22));
    write(element('bytes-down'), say.sizeOf(state.bytesDown));
    write(element('bytes-up'), say.sizeOf(state.bytesUp));
    const engine = say.engineOf(state.backend, state.hasGpuFailed);
    write(element('engine'), isSecureContext ? engine : words.engine.needsHttps(engine));
    write(element('identity'), state.deviceId ? words.figures.identity(state.deviceId, state.run) : '');
  }

  return {
    show(state) {
      const root = document.documentElement;
      root.dataset['tone'] = toneOf(state);
      const rests = state.paused || state.held !== '' || isOver(state);
      if (state.phase === 'training' && !rests) root.dataset['swims'] = '';
      else if (rests || !state.connected) delete root.dataset['swims'];
      keepAwake.want(!rests && state.deviceId !== '');
      shownState = state;
      if (state.step > 0 && !isKept) {
        isKept = true;
        void keepOfflineShell();
      }
      setOlder('protocol', state.refusal?.code === 'protocolVersion');
      if (state.refusal?.code === 'protocolVersion') reloadOnce();
      showHero(state);
      showButtons(state);
      showModel(state);
      showMemory(state);
      showFigures(state);
      ownData.show(state);
    },
  };
}

/** Half of the memory that was refused, as far as there is a choice of it on the slider; 0 where there is none. */
function halfOf({ problem }: DeviceState): number {
  const bytes = Number(problem.split(': ')[1]) / 2;
  return [...BUDGET_STOPS].reverse().find((stop) => stop <= bytes) ?? 0;
}

function toneOf(state: DeviceState): 'good' | 'calm' | 'bad' {
  if (state.phase === 'refused' || state.phase === 'failed') return 'bad';
  if (state.phase === 'connecting' && state.deviceId !== '') return 'bad';
  if (state.held === 'otherServer') return 'bad';
  return state.connected && !state.paused && !state.held ? 'good' : 'calm';
}

function setPath(id: string, part: string, data: string): void {
  element(id).querySelector(part)?.setAttribute('d', data);
}

/** Each in a line of its own; written only when it has changed. */
function showTexts(id: string, texts: readonly string[]): void {
  const target = element(id);
  const said = texts.filter((text) => text !== '');
  if (target.dataset['shown'] === said.join('\n')) return;
  target.dataset['shown'] = said.join('\n');
  target.replaceChildren(...said.map((text) => build('p', {}, text)));
  target.hidden = said.length === 0;
}

/** A page that is older than its server is fetched anew, but not again and again. */
function reloadOnce(): void {
  const key = 'minnow:reloaded';
  try {
    if (sessionStorage.getItem(key)) return;
    sessionStorage.setItem(key, '1');
    location.reload();
  } catch {
    // Storage is barred, so nothing would tell that this was done: the notice asks the person to reload.
  }
}

function isPhone(): boolean {
  return matchMedia('(pointer: coarse)').matches;
}

function showHeadline(pieces: readonly string[]): void {
  const headline = element('headline');
  if (headline.textContent === pieces.join('')) return;
  headline.replaceChildren(...pieces.map((piece, i) => (i % 2 === 0 ? piece : build('b', {}, piece))));
}
