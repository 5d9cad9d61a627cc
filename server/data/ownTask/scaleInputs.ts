// Scaling of a task's inputs: as the file says, a number or one for each channel (the last axis of a sample).
// Pure; knows nothing of files.

import { DataError } from '../dataError.ts';
import type { Scaling } from './taskFile.ts';

type Inputs = Uint8Array | Float32Array;

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

/** `file` is for the messages. Throws DataError for as many numbers as there are no channels. */
export function scaleInputs(
  train: Inputs,
  test: Inputs,
  wanted: Scaling | undefined,
  numChannels: number,
  file: string,
): ScaledInputs {
  const isBytes = train instanceof Uint8Array && test instanceof Uint8Array;
  const scaling = wanted ?? (isBytes ? BYTES : { kind: 'none' });
  const as = (value: number): number[] => Array<number>(numChannels).fill(value);
  const asIs = { scales: as(1), offsets: as(0) };
  switch (scaling.kind) {
    case 'none':
      return { train, test, scale: 1, offset: 0, channels: asIs };
    case 'linear': {
      const { scale, offset } = scaling;
      if (isBytes && typeof scale === 'number' && typeof offset === 'number')
        return { train, test, scale, offset, channels: asIs };
      return scaled(
        train,
        test,
        perChannel(scale, numChannels, `${file}: scaling.scale`),
        perChannel(offset, numChannels, `${file}: scaling.offset`),
      );
    }
    case 'standardise': {
      const { means, deviations } = momentsOf(train, numChannels);
      const scales = deviations.map((deviation) => (deviation > 0 ? 1 / deviation : 1));
      return scaled(
        train,
        test,
        scales,
        means.map((mean, channel) => -mean * scales[channel]!),
      );
    }
    default:
      return scaling satisfies never;
  }
}

function scaled(
  train: Inputs,
  test: Inputs,
  scales: readonly number[],
  offsets: readonly number[],
): ScaledInputs {
  return {
    train: apply(train, scales, offsets),
    test: apply(test, scales, offsets),
    scale: 1,
    offset: 0,
    channels: { scales, offsets },
  };
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

function apply(values: Inputs, scales: readonly number[], offsets: readonly number[]): Float32Array {
  return Float32Array.from(
    values,
    (value, i) => value * scales[i % scales.length]! + offsets[i % scales.length]!,
  );
}

/** Mean and standard deviation of each channel, in two passes. */
function momentsOf(values: Inputs, numChannels: number): { means: number[]; deviations: number[] } {
  const perChannelCount = values.length / numChannels;
  const means = Array<number>(numChannels).fill(0);
  values.forEach((value, i) => (means[i % numChannels]! += value / perChannelCount));
  const squares = Array<number>(numChannels).fill(0);
  values.forEach((value, i) => (squares[i % numChannels]! += (value - means[i % numChannels]!) ** 2));
  return { means, deviations: squares.map((sum) => Math.sqrt(sum / perChannelCount)) };
}
