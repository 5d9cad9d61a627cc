// The join page's elements: shows a device's state and says what the person wants. Knows nothing of how a device works.

import type { DeviceState } from '../device/deviceState.ts';
import { BUDGET_STOPS, nearestStop } from './budgetStops.ts';
import { formatByteSize } from '../../shared/byteSize.ts';
import { showLayers } from './layersView.ts';
import { showShoal } from './shoalView.ts';
import { sparklinePath } from './sparkline.ts';
import {
  activityOf,
  dataLineOf,
  engineOf,
  headlineOf,
  memoryOf,
  modelNoteOf,
  noticeOf,
  scoreNoteOf,
  scoreOf,
  stalenessOf,
  statusOf,
} from './words.ts';

export interface JoinPageActions {
  readonly setPaused: (isPaused: boolean) => void;
  readonly setBudget: (budgetBytes: number) => void;
  readonly leave: () => void;
  readonly joinAgain: () => void;
}

export interface JoinPage {
  show(state: DeviceState): void;
}

const NUM_SCORES_SHOWN = 240;

/** Takes over the page's elements. `notices` are shown above whatever the device has to say. */
export function openJoinPage(actions: JoinPageActions, notices: readonly string[]): JoinPage {
  const pause = element<HTMLButtonElement>('pause');
  const leave = element<HTMLButtonElement>('leave');
  const joinAgain = element<HTMLButtonElement>('join-again');
  const budget = element<HTMLInputElement>('budget');
  const scores: number[] = [];
  let shownBudgetBytes = 0;
  let shownNotice = '';
  let isPaused = false;

  budget.max = String(BUDGET_STOPS.length - 1);
  pause.addEventListener('click', () => actions.setPaused(!isPaused));
  leave.addEventListener('click', actions.leave);
  joinAgain.addEventListener('click', actions.joinAgain);
  budget.addEventListener('input', () => showBudget(BUDGET_STOPS[Number(budget.value)]!));
  budget.addEventListener('change', () => actions.setBudget(BUDGET_STOPS[Number(budget.value)]!));

  function showBudget(bytes: number): void {
    const text = formatByteSize(bytes);
    setText('budget-output', text);
    budget.setAttribute('aria-valuetext', text);
  }

  function showHero(state: DeviceState): void {
    showHeadline(headlineOf(state));
    setText('status', statusOf(state));
    setText('data-line', dataLineOf(state));
    const activity = activityOf(state);
    setText('activity', activity);
    element('work').hidden = activity === '';
    const share = state.phase === 'uploading' ? 1 : state.numSteps > 0 ? state.step / state.numSteps : 0;
    element('work-fill').style.transform = `scaleX(${share})`;
    const texts = [...notices, noticeOf(state)].filter((text) => text !== '');
    if (texts.join() !== shownNotice) {
      shownNotice = texts.join();
      element('notice').replaceChildren(...texts.map(paragraph));
      element('notice').hidden = texts.length === 0;
    }
    showShoal(element('shoal'), state.connected ? state.numDevices : 0);
    // A tab that never joined has nothing to show but what would help.
    const hasNothing = state.trainedShare < 0 && (state.phase === 'refused' || state.phase === 'failed');
    for (const card of ['accuracy-card', 'model-card', 'figures-card']) element(card).hidden = hasNothing;
    element('memory-card').hidden = hasNothing && state.phase === 'failed';
  }

  function showButtons(state: DeviceState): void {
    const isOver = state.phase === 'left' || state.phase === 'ended' || state.phase === 'failed';
    pause.hidden = isOver || state.phase === 'refused';
    leave.hidden = pause.hidden;
    joinAgain.hidden = state.phase !== 'left' && state.refusal?.code !== 'superseded';
    budget.disabled = isOver;
    isPaused = state.paused;
    setText('pause', state.paused ? 'Go on' : 'Pause');
  }

  function showModel(state: DeviceState): void {
    if (state.score >= 0 && state.score !== scores[scores.length - 1]) scores.push(state.score);
    if (scores.length > NUM_SCORES_SHOWN) scores.shift();
    setText('accuracy', scoreOf(state));
    setText('accuracy-note', scoreNoteOf(state));
    const isShare = state.metric !== 'mse';
    const line = isShare ? sparklinePath(scores, 300, 60, 0, 1) : sparklinePath(scores, 300, 60);
    setPath('accuracy-curve', '.line', line);
    setPath('accuracy-curve', '.area', line && `${line}L300 64L0 64Z`);
    if (state.trainedShare < 0) return;
    showLayers(element('layers'), state.layers);
    setText('model-note', modelNoteOf(state));
  }

  function showMemory(state: DeviceState): void {
    const { budgetBytes, deviceBytes, allocatedBytes } = state;
    if (budgetBytes !== shownBudgetBytes) {
      shownBudgetBytes = budgetBytes;
      budget.value = String(nearestStop(budgetBytes));
      showBudget(budgetBytes);
    }
    const share = allocatedBytes > 0 ? deviceBytes / budgetBytes : 0;
    const { figure, against, note, promise } = memoryOf(state);
    const text = share > 0 ? `${figure} ${against}` : 'nothing yet';
    setText('device-bytes', figure);
    setText('device-bytes-of', against);
    setText('memory-note', note);
    setText('budget-hint', promise);
    element('memory-fill').style.transform = `scaleX(${Math.min(1, share)})`;
    const meter = element('memory-meter');
    meter.setAttribute('aria-valuemax', String(budgetBytes));
    meter.setAttribute('aria-valuenow', String(Math.min(deviceBytes, budgetBytes)));
    meter.setAttribute('aria-valuetext', text);
  }

  return {
    show(state) {
      const root = document.documentElement;
      root.dataset['tone'] = toneOf(state);
      if (state.phase === 'training' && !state.paused) root.dataset['swims'] = '';
      else if (state.paused || !state.connected) delete root.dataset['swims'];
      showHero(state);
      showButtons(state);
      showModel(state);
      showMemory(state);
      showFigures(state);
    },
  };
}

function showFigures(state: DeviceState): void {
  const { losses, stepMs } = state;
  setText('version', state.version.toLocaleString('en'));
  setText(
    'updates',
    state.refused > 0 ? `${state.updates} (${state.refused} refused)` : String(state.updates),
  );
  setText('staleness', stalenessOf(state.lastStaleness));
  setText('step-ms', stepMs > 0 ? `${stepMs < 10 ? stepMs.toFixed(1) : Math.round(stepMs)} ms` : '–');
  setText('loss', losses.length > 0 ? losses[losses.length - 1]!.toFixed(3) : '–');
  setPath('loss-curve', '.line', sparklinePath(losses, 120, 22));
  setText('bytes-down', formatByteSize(state.bytesDown));
  setText('bytes-up', formatByteSize(state.bytesUp));
  const engine = engineOf(state.backend, state.hasGpuFailed);
  setText('engine', isSecureContext ? engine : `${engine}; WebGPU needs https`);
  setText('identity', state.deviceId ? `Device ${state.deviceId} of the run ${state.run}.` : '');
}

function toneOf(state: DeviceState): 'good' | 'calm' | 'bad' {
  if (state.phase === 'refused' || state.phase === 'failed') return 'bad';
  if (state.phase === 'connecting' && state.deviceId !== '') return 'bad';
  return state.connected && !state.paused ? 'good' : 'calm';
}

function element<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`internal: the page has no element "${id}"`);
  return found as T;
}

/** Writes only what has changed, so that screen readers are told only of changes. */
function setText(id: string, text: string): void {
  const target = element(id);
  if (target.textContent !== text) target.textContent = text;
}

function setPath(id: string, part: string, data: string): void {
  element(id).querySelector(part)?.setAttribute('d', data);
}

function showHeadline(pieces: readonly string[]): void {
  const headline = element('headline');
  if (headline.textContent === pieces.join('')) return;
  headline.replaceChildren(
    ...pieces.map((piece, i) => {
      if (i % 2 === 0) return document.createTextNode(piece);
      const figure = document.createElement('b');
      figure.textContent = piece;
      return figure;
    }),
  );
}

function paragraph(text: string): HTMLElement {
  const element = document.createElement('p');
  element.textContent = text;
  return element;
}
