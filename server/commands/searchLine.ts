// What a run's search is doing, on one line of the terminal; elsewhere a line at each turn. Only looks.

import type { SearchStatus } from '../../shared/contract/waiting.ts';
import type { RunFigures } from '../run/runFigures.ts';

const LOOK_EVERY_MS = 500;
const CLEAR_LINE = '\r\u001B[K';

interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Shows it from now on; the timer keeps no process alive. */
export function showSearch(
  run: Pick<RunFigures, 'status' | 'federation'>,
  terminal: Terminal = process.stdout,
): NodeJS.Timeout {
  let shown: SearchStatus | null = null;
  return setInterval(() => {
    const { search } = run.status();
    if (search) {
      if (terminal.isTTY) terminal.write(`${CLEAR_LINE}${searchLine(search)}`);
      else if (search.doing !== shown?.doing) terminal.write(`${searchLine(search)}\n`);
    } else if (shown) {
      const shares = run
        .federation()
        .choices.map(({ choice }) => `${(100 * choice.trainedShare).toFixed(1)} %`);
      const found = `Search: done, devices train ${shares.join(', ') || 'nothing'} of the model`;
      terminal.write(`${terminal.isTTY ? CLEAR_LINE : ''}${found}\n`);
    }
    shown = search;
  }, LOOK_EVERY_MS).unref();
}

/** In words. */
export function searchLine({ doing, done, of }: SearchStatus): string {
  return doing === 'probing' ? `Search: probing, ${done} of ${of}` : `Search: ${doing}, ${done} %`;
}
