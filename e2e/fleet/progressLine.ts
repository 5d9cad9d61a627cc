// One line on the terminal that is written over and over; where there is no terminal, a line now and then.

export interface ProgressLine {
  show(text: string): void;
  /** Leaves the last text standing. */
  end(): void;
}

const QUIET_MS = 5000;

export function createProgressLine(stream: NodeJS.WriteStream = process.stderr): ProgressLine {
  let shown = '';
  let shownAtMs = -Infinity;
  return {
    show(text) {
      if (stream.isTTY) {
        stream.write(`\r\u001b[2K${text.slice(0, Math.max(20, stream.columns - 1))}`);
      } else if (performance.now() - shownAtMs >= QUIET_MS) {
        stream.write(`${text}\n`);
        shownAtMs = performance.now();
      }
      shown = text;
    },
    end() {
      if (shown !== '' && stream.isTTY) stream.write('\n');
      else if (shown !== '') stream.write(`${shown}\n`);
      shown = '';
    },
  };
}
