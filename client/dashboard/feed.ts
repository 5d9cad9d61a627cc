// The page's end of the feed. The browser itself connects again after a loss; the first message then replaces all.

import { accessQuery } from './access.ts';
import type { DashboardMessage } from '../../shared/protocol/dashboard.ts';

export interface FeedHandlers {
  readonly message: (message: DashboardMessage) => void;
  /** True when messages come, false when the connection is lost. */
  readonly live: (isLive: boolean) => void;
}

export interface Feed {
  close(): void;
}

/** `run`: '' is the server's default run. */
export function openFeed(run: string, { message, live }: FeedHandlers): Feed {
  let again: Feed | null = null;
  let isClosed = false;
  const source = new EventSource(`api/feed?run=${encodeURIComponent(run)}${accessQuery()}`);
  source.addEventListener('open', () => live(true));
  source.addEventListener('error', () => {
    live(false);
    // Refused for now (a proxy without its server): browsers do not try again by themselves.
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => {
      if (!isClosed) again = openFeed(run, { message, live });
    }, 2000);
  });
  source.addEventListener('message', ({ data }) => message(JSON.parse(data as string) as DashboardMessage));
  return {
    close() {
      isClosed = true;
      source.close();
      again?.close();
    },
  };
}
