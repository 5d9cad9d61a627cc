// Reads a server's dashboard feed in tests, as a page does: server-sent events put together into one picture.

import type { DashboardDevice, DashboardMessage } from '../../shared/contract/dashboard.ts';

export interface FeedReader {
  /** All messages so far, oldest first. */
  readonly messages: readonly DashboardMessage[];
  /** Newest state of each device. */
  readonly devices: ReadonlyMap<string, DashboardDevice>;
  close(): void;
}

/** Resolves with the first message there. */
export async function readFeed(serverUrl: string, run = ''): Promise<FeedReader> {
  const abort = new AbortController();
  const answer = await fetch(`${serverUrl}/api/feed?run=${run}`, { signal: abort.signal });
  if (answer.status !== 200) throw new Error(`feed: ${answer.status} ${await answer.text()}`);
  const messages: DashboardMessage[] = [];
  const devices = new Map<string, DashboardDevice>();
  let first!: () => void;
  const whenFirst = new Promise<void>((resolve) => (first = resolve));
  void (async () => {
    let text = '';
    for await (const part of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += part;
      const events = text.split('\n\n');
      text = events.pop()!;
      for (const event of events) {
        const message = JSON.parse(event.slice(event.indexOf('data: ') + 6)) as DashboardMessage;
        messages.push(message);
        for (const device of message.devices ?? []) devices.set(device.id, device);
        first();
      }
    }
  })().catch(() => {});
  await whenFirst;
  return { messages, devices, close: () => abort.abort() };
}
