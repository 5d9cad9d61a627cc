/** What waits for `opened` goes on once `open` was called. */
export function createLatch(): { readonly opened: Promise<void>; open(): void } {
  const latch = new EventTarget();
  const opened = new Promise<void>((resolve) => latch.addEventListener('open', () => resolve()));
  return { opened, open: () => void latch.dispatchEvent(new Event('open')) };
}
