// The page's end of the feed. The browser itself connects again after a loss; the first message then replaces all. Where a
// proxy holds an endless answer back (tunnels do), the page asks for the whole now and then, and listens on.

import { accessQuery } from './access.ts';
import type { DashboardMessage, DashboardRun } from '../../shared/contract/dashboard.ts';

/**
 * - `live`: messages come as they are made
 * - `polled`: something between here and the server holds them back, so they are asked for
 * - `lost`: neither
 */
export type FeedHealth = 'live' | 'polled' | 'lost';

export interface FeedHandlers {
  readonly message: (message: DashboardMessage) => void;
  readonly health: (health: FeedHealth) => void;
}

export interface Feed {
  close(): void;
}

/** The feed has a message at its beginning, and one every five seconds where nothing happens. */
const FIRST_WITHIN_MS = 4_000;
const NEXT_WITHIN_MS = 12_000;
const POLL_EVERY_MS = 2_000;
const RETRY_MS = 2_000;

/** `run`: '' is the server's default run. */
export function openFeed(run: string, { message, health }: FeedHandlers): Feed {
  const path = (): string => `api/feed?run=${encodeURIComponent(run)}${accessQuery()}`;
  let source: EventSource;
  let isClosed = false;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let polling: ReturnType<typeof setTimeout> | undefined;
  let knownRun: DashboardRun | null = null;

  function watch(withinMs: number): void {
    clearTimeout(silence);
    silence = setTimeout(() => void poll(), withinMs);
  }

  function connect(): void {
    source = new EventSource(path());
    watch(FIRST_WITHIN_MS);
    source.addEventListener('message', ({ data }) => {
      clearTimeout(polling);
      polling = undefined;
      watch(NEXT_WITHIN_MS);
      health('live');
      take(JSON.parse(data as string) as DashboardMessage);
    });
    source.addEventListener('error', () => {
      if (polling === undefined) health('lost');
      // Refused for now (a proxy without its server): browsers do not try again by themselves.
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(() => {
        if (!isClosed) connect();
      }, RETRY_MS);
    });
  }

  function take(news: DashboardMessage): void {
    if (news.run) knownRun = news.run;
    message(news);
  }

  /** Until the feed brings something. */
  async function poll(): Promise<void> {
    const mine = setTimeout(() => void poll(), POLL_EVERY_MS);
    clearTimeout(polling);
    polling = mine;
    const news = await fetchAll();
    if (isClosed || polling === undefined) return;
    health(news ? 'polled' : 'lost');
    if (!news) return;
    // The same run again is no other one to whoever shows it.
    const isKnown = JSON.stringify(news.run) === JSON.stringify(knownRun);
    take(isKnown ? { ...news, run: knownRun! } : news);
  }

  async function fetchAll(): Promise<DashboardMessage | null> {
    try {
      const answer = await fetch(`${path()}&once`, { cache: 'no-store' });
      return answer.ok ? ((await answer.json()) as DashboardMessage) : null;
    } catch {
      return null;
    }
  }

  connect();
  return {
    close() {
      isClosed = true;
      clearTimeout(silence);
      clearTimeout(polling);
      source.close();
    },
  };
}
