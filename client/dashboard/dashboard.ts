// Entry of the dashboard: opens the feed of the run in the address, and of those side by side with it, and shows them, once
// a frame at most.

import '../common/olderBrowsers.ts';
import { currentLanguage } from '../common/language.ts';
import { showLanguages } from '../common/languageLinks.ts';
import { element } from '../common/elements.ts';
import type { DashboardMessage, StepTimes } from '../../shared/contract/dashboard.ts';
import { accessQuery, showAccess } from './access.ts';
import { openAdmin, takeToken } from './admin.ts';
import { openDashboardPage } from './dashboardPage.ts';
import { takeMessage, type DashboardState } from './dashboardState.ts';
import { openDesk, type Desk } from './desk.ts';
import { openFeed, type Feed } from './feed.ts';
import { fillPage } from './fillPage.ts';
import { createSayings, WORDS } from './sayings.ts';

const CLOCK_MS = 250;

/** Of runs by their id. */
const states = new Map<string, DashboardState>();
/** Those besides the one in the address. */
const feeds = new Map<string, Feed>();
/** The run in the address, once it is known; a run that is begun anew takes its place. */
let mainRun = '';
/** The run that the page is about. */
let selectedRun = '';
let desk: Desk | null = null;
let receivedAtMs = 0;
let isLive = false;
let frame = 0;

const language = currentLanguage();
const say = createSayings(WORDS[language]);
fillPage(language, say.words);
showLanguages(element('languages'), language);

const page = openDashboardPage(say, {
  async fetchSample(run, index) {
    return (
      await ask(`api/sample?run=${encodeURIComponent(run)}&index=${index}${accessQuery()}`)
    ).arrayBuffer();
  },
  async fetchStepTimes(run) {
    return (await ask(`api/steptimes?run=${encodeURIComponent(run)}`)).json() as Promise<StepTimes>;
  },
  select(run) {
    selectedRun = run;
    show();
  },
});

async function ask(path: string): Promise<Response> {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer;
}

function show(): void {
  frame = 0;
  const state = states.get(selectedRun) ?? states.get(mainRun);
  if (!state) return;
  const { sideBySide } = states.get(mainRun)!.run;
  page.show(
    state,
    sideBySide.flatMap((id) => states.get(id) ?? []),
  );
  desk?.show(state);
}

function take(message: DashboardMessage, run: string): void {
  states.set(run, takeMessage(states.get(run) ?? null, message));
  receivedAtMs = performance.now();
  frame ||= requestAnimationFrame(show);
}

function takeMain(message: DashboardMessage): void {
  if (message.run) {
    mainRun = message.run.id;
    follow(message.run.sideBySide.filter((id) => id !== mainRun));
  }
  take(message, mainRun);
}

/** Follows these runs and no others. */
function follow(runs: readonly string[]): void {
  for (const [run, feed] of feeds) {
    if (runs.includes(run)) continue;
    feed.close();
    feeds.delete(run);
  }
  for (const run of states.keys()) if (run !== mainRun && !runs.includes(run)) states.delete(run);
  if (selectedRun !== mainRun && !runs.includes(selectedRun)) selectedRun = '';
  for (const run of runs) {
    if (feeds.has(run)) continue;
    const message = (message: DashboardMessage): void => {
      // It is no more; what took its place comes by the main feed.
      if (message.run && message.run.id !== run) follow(runs.filter((other) => other !== run));
      else take(message, run);
    };
    feeds.set(run, openFeed(run, { message, health: () => {} }));
  }
}

const address = new URLSearchParams(location.search);
showAccess('code', address.get('code') ?? '');
openFeed(address.get('run') ?? '', {
  message: takeMain,
  health(health) {
    isLive = health !== 'lost';
    page.showHealth(health);
  },
});

// Without an answer this page goes on looking.
openAdmin(takeToken(), () => selectedRun || mainRun).then(
  (admin) => {
    if (admin) {
      showAccess('ticket', admin.choices.ticket);
      showAccess('code', admin.choices.joinCode);
      page.codeKnown();
      desk = openDesk(admin, say);
      page.offerRemoval((device) => desk?.remove(device));
      page.offerExemption((device, isExempt) => desk?.exempt(device, isExempt));
    }
    show();
  },
  () => {},
);

setInterval(() => {
  const state = states.get(selectedRun) ?? states.get(mainRun);
  if (!state) return;
  const sinceMs = isLive && !state.figures.isEnded ? performance.now() - receivedAtMs : 0;
  page.showTime(state.nowMs + sinceMs);
}, CLOCK_MS);
