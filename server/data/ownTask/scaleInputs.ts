// Scaling of a task's inputs: as the file says, a number or one for each channel (the last axis of a sample). In double
// precision, rounded once at the end: seconds of 2023 would be equal before they are standardised otherwise.
// Pure; knows nothing of files.

import { DataError } from '../dataError.ts';
import type { SampleRows } from './sampleRows.ts';
import type { Scaling } from './taskFile.ts';

type Inputs = Uint8Array | Float32Array;

/** Some of the samples, by their numbers. */
export interface Selection {
  readonly rows: SampleRows;
  readonly samples: Uint32Array;
  /** For messages. */
  place(sample: number): string;
}

export interface ScaledInputs {
  readonly train: Inputs;
  readonly test: Inputs;
  /** For inputs that stay bytes, which devices scale as they stage them; 1 and 0 for all others. */
  readonly scale: number;
  readonly offset: number;
  /** What has been applied to each channel already: value * scale + offset. */
  readonly channels: { readonly scales: readonly number[]; readonly offsets: readonly number[] };
}

/** Bytes between 0 and 1, numbers as they are. */
const BYTES: Scaling = { kind: 'linear', scale: 1 / 255, offset: 0 };

/** `file` is for the messages. Throws DataError for as many numbers as there are no channels, and for inputs that are too large scaled. */
export function scaleInputs(
  train: Selection,
  test: Selection,
  wanted: Scaling | undefined,
  numChannels: number,
  file: string,
): ScaledInputs {
  const isBytes = train.rows.bytes !== null && test.rows.bytes !== null;
  const scaling = wanted ?? (isBytes ? BYTES : { kind: 'none' });
  const as = (value: number): number[] => Array<number>(numChannels).fill(value);
  const asIs = { scales: as(1), offsets: as(0) };
  const asBytes = (scale: number, offset: number): ScaledInputs => ({
    train: bytesOf(train),
    test: bytesOf(test),
    scale,
    offset,
    channels: asIs,
  });
  function scaled(scales: readonly number[], offsets: readonly number[]): ScaledInputs {
    return {
      train: apply(train, scales, offsets),
      test: apply(test, scales, offsets),
      scale: 1,
      offset: 0,
      channels: { scales, offsets },
    };
  }
  switch (scaling.kind) {
    case 'none':
      return isBytes ? asBytes(1, 0) : scaled(asIs.scales, asIs.offsets);
    case 'linear': {
      const { scale, offset } = scaling;
      if (isBytes && typeof scale === 'number' && typeof offset === 'number') return asBytes(scale, offset);
      return scaled(
        perChannel(scale, numChannels, `${file}: scaling.scale`),
        perChannel(offset, numChannels, `${file}: scaling.offset`),
      );
    }
    case 'standardise': {
      const { means, deviations } = momentsOf(train, numChannels);
      const scales = deviations.map((deviation) => (deviation > 0 ? 1 / deviation : 1));
      return scaled(
        scales,
        means.map((mean, channel) => -mean * scales[channel]!),
      );
    }
    default:
      return scaling satisfies never;
  }
}

function perChannel(
  value: number | readonly number[],
  numChannels: number,
  field: string,
): readonly number[] {
  if (typeof value === 'number') return Array<number>(numChannels).fill(value);
  if (value.length === numChannels) return value;
  throw new DataError(
    `${field}: expected one number or ${numChannels}, one for each channel, got ${value.length}`,
  );
}

/** `[samples, size]`. */
function bytesOf({ rows, samples }: Selection): Uint8Array {
  if (samples.length === rows.count) return rows.bytes!;
  const taken = new Uint8Array(samples.length * rows.size);
  samples.forEach((sample, i) => taken.set(rows.row(sample), i * rows.size));
  return taken;
}

/** `[samples, size]`. */
function apply(
  { rows, samples, place }: Selection,
  scales: readonly number[],
  offsets: readonly number[],
): Float32Array {
  const { size } = rows;
  const numChannels = scales.length;
  const values = new Float32Array(samples.length * size);
  samples.forEach((sample, i) => {
    const row = rows.row(sample);
    for (let k = 0, at = i * size; k < size; k += numChannels)
      for (let channel = 0; channel < numChannels; channel++, at++) {
        values[at] = row[k + channel]! * scales[channel]! + offsets[channel]!;
        // Infinity and NaN alone differ from themselves by something else than 0.
        if (values[at]! - values[at]! !== 0) throw tooLarge(place(sample), row[k + channel]!);
      }
  });
  return values;
}

function tooLarge(where: string, value: number): DataError {
  return new DataError(
    `${where}: expected inputs that are numbers of float32 when scaled, got one from ${value}`,
  );
}

/** Mean and standard deviation of each channel, in two passes. */
function momentsOf(
  { rows, samples }: Selection,
  numChannels: number,
): { means: number[]; deviations: number[] } {
  const perChannelCount = (samples.length * rows.size) / numChannels;
  const meanOf = (value: (x: number, channel: number) => number): number[] => {
    const sums = Array<number>(numChannels).fill(0);
    samples.forEach((sample) => {
      const row = rows.row(sample);
      for (let k = 0; k < row.length; k++) sums[k % numChannels]! += value(row[k]!, k % numChannels);
    });
    return sums.map((sum) => sum / perChannelCount);
  };
  const means = meanOf((x) => x);
  const squares = meanOf((x, channel) => (x - means[channel]!) ** 2);
  return { means, deviations: squares.map(Math.sqrt) };
}
