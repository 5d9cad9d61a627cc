import { expect, test } from 'vitest';
import { countTrained } from './plannedWork.ts';
import { doneBy, timelineOf } from './timeline.ts';
import { countSteps, shuffledBatches } from '../localWork/shard.ts';
import type { VirtualDevice } from './virtualDevices.ts';

const DEVICE = { latencyMs: 10, downBytesPerMs: 2, upBytesPerMs: 1, flopsPerSecond: 500 } as VirtualDevice;

test('latency and bytes one way, the steps, latency and bytes back', () => {
  const timeline = timelineOf(DEVICE, 100, { downBytes: 40, flops: 25, upBytes: 30 });
  expect(timeline).toEqual({ sentAtMs: 100, receivedAtMs: 130, trainedAtMs: 180, arrivesAtMs: 220 });
  expect(doneBy(timeline, 115)).toEqual({ down: 0.5, trained: 0, up: 0 });
  expect(doneBy(timeline, 155)).toEqual({ down: 1, trained: 0.5, up: 0 });
  expect(doneBy(timeline, 220)).toEqual({ down: 1, trained: 1, up: 1 });
});

test.each([
  [60, 16, 2, 40],
  [60, 16, 2, 5],
  [5, 16, 3, 40],
  [32, 16, 1, 1],
])(
  'FLOPs go by the samples that the steps really take: %i samples, batch %i',
  (samples, batch, epochs, max) => {
    const steps = countSteps(samples, batch, epochs, max);
    const shard = {
      samples,
      sampleSize: 1,
      inputs: new Uint8Array(samples),
      labels: new Uint8Array(samples),
    };
    const batches = shuffledBatches(shard, batch, { scale: 1, offset: 0 }, 1);
    let trained = 0;
    for (let step = 0; step < steps; step++) trained += batches.next().value.count;
    expect(countTrained(samples, batch, steps)).toBe(trained);
  },
);
