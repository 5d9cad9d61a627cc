// Tells at most so often, and always the last. Knows nothing of what is told.

/** A function that hands on its argument at once when `everyMs` have passed since the last time, else the newest when they have. */
export function createThrottle<T>(everyMs: number, tell: (value: T) => void): (value: T) => void {
  let newest: T;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let toldMs = -Infinity;
  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    toldMs = performance.now();
    tell(newest);
  }
  return (value) => {
    newest = value;
    const dueInMs = toldMs + everyMs - performance.now();
    if (dueInMs <= 0) flush();
    else timer ??= setTimeout(flush, dueInMs);
  };
}
