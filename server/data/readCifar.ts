// Reader for CIFAR-10's binary records, plain or gzipped.
// Format: records of 3,073 bytes: the label, then 1,024 red, 1,024 green and 1,024 blue bytes, row-major.

import { DataError } from './dataError.ts';
import { readDataFile } from './readDataFile.ts';

const PIXELS = 32 * 32;
const CHANNELS = 3;
const RECORD_BYTES = 1 + CHANNELS * PIXELS;
/** Of a file; all of CIFAR-10 has 60,000. */
const MOST_RECORDS = 80_000;

export interface CifarRecords {
  readonly count: number;
  /** `[count, 32, 32, 3]`, row-major: the channels of a pixel lie together. */
  readonly inputs: Uint8Array;
  readonly labels: Uint8Array;
}

/** Throws DataError naming file, expectation and what came. */
export async function readCifar(file: string): Promise<CifarRecords> {
  return parseCifar(await readDataFile(file, () => MOST_RECORDS * RECORD_BYTES), file);
}

/** `file` is only for the messages. */
export function parseCifar(bytes: Uint8Array, file: string): CifarRecords {
  const count = bytes.length / RECORD_BYTES;
  if (count > MOST_RECORDS)
    throw new DataError(
      `${file}: expected at most ${MOST_RECORDS} records of ${RECORD_BYTES} bytes, got more`,
    );
  if (!Number.isInteger(count) || count === 0)
    throw new DataError(
      `${file}: expected whole records of ${RECORD_BYTES} bytes, got a file of ${bytes.length} bytes`,
    );
  const inputs = new Uint8Array(count * CHANNELS * PIXELS);
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    const record = n * RECORD_BYTES;
    labels[n] = bytes[record]!;
    if (labels[n]! > 9)
      throw new DataError(`${file}: expected labels 0 to 9, got ${labels[n]} in record ${n + 1}`);
    for (let channel = 0; channel < CHANNELS; channel++)
      for (let pixel = 0; pixel < PIXELS; pixel++)
        inputs[(n * PIXELS + pixel) * CHANNELS + channel] = bytes[record + 1 + channel * PIXELS + pixel]!;
  }
  return { count, inputs, labels };
}
