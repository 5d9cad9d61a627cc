// A TCP line to a server that a test can cut and mend: what a tab sees when its network goes.

import { openTcpLine } from './tcpLine.ts';

export interface CuttableLine {
  /** Address that leads to the server while the line is whole. */
  readonly url: string;
  /** Breaks all connections and refuses new ones. */
  cut(): void;
  mend(): void;
  close(): void;
}

/** A line to `http://127.0.0.1:PORT`. */
export async function openCuttableLine(port: number): Promise<CuttableLine> {
  let isCut = false;
  const { url, breakAll, close } = await openTcpLine(
    port,
    (near, far) => {
      near.pipe(far);
      far.pipe(near);
    },
    () => !isCut,
  );
  return {
    url,
    cut() {
      isCut = true;
      breakAll();
    },
    mend() {
      isCut = false;
    },
    close,
  };
}
