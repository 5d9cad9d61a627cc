// Entry of the dashboard: opens the feed of the run in the address and shows it, once a frame at most.

import '../device/olderBrowsers.ts';
import { openAdmin, takeToken } from './admin.ts';
import { openDashboardPage } from './dashboardPage.ts';
import { takeMessage, type DashboardState } from './dashboardState.ts';
import { openDesk, type Desk } from './desk.ts';
import { openFeed } from './feed.ts';

const CLOCK_MS = 250;

const page = openDashboardPage(async (run, index) => {
  const answer = await fetch(`/api/sample?run=${encodeURIComponent(run)}&index=${index}`);
  if (!answer.ok) throw new Error(`sample ${index}: ${answer.status}`);
  return answer.arrayBuffer();
});
const run = new URLSearchParams(location.search).get('run') ?? '';
let desk: Desk | null = null;
let state: DashboardState | null = null;
let receivedAtMs = 0;
let isLive = false;
let frame = 0;

function show(): void {
  frame = 0;
  if (!state) return;
  page.show(state);
  desk?.show(state.figures);
}

openFeed(run, {
  message(message) {
    state = takeMessage(state, message);
    receivedAtMs = performance.now();
    frame ||= requestAnimationFrame(show);
  },
  live(isNowLive) {
    isLive = isNowLive;
    page.showLive(isNowLive);
  },
});

// Without an answer this page goes on looking.
openAdmin(takeToken(), run).then(
  (admin) => {
    if (admin) desk = openDesk(admin);
    show();
  },
  () => {},
);

setInterval(() => {
  if (!state) return;
  const sinceMs = isLive && !state.figures.isEnded ? performance.now() - receivedAtMs : 0;
  page.showTime(state.nowMs + sinceMs);
}, CLOCK_MS);
