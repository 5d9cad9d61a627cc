// Asynchronous updates calibrated by a cache (CA2FL; Wang et al., ICLR 2024): the server keeps the newest delta of every device,
// moves by their mean, and corrects that by what the buffer's updates changed of it. Who is slow is heard at every step.

import type { OwnStrategy } from '../../../shared/federation/own/ownStrategy.ts';

/** The newest delta of this tensor, by device. */
type Cache = Readonly<Record<string, Float32Array>>;

export const strategy: OwnStrategy = {
  preset: 'fedbuff',
  buffer: 10,
  combine({ values, contributions, serverLearningRate, kept = {} }) {
    const cache = kept as Cache;
    const cached = Object.values(cache);
    for (const delta of cached)
      for (let i = 0; i < values.length; i++) values[i]! += (serverLearningRate * delta[i]!) / cached.length;
    const next: Record<string, Float32Array> = { ...cache };
    for (const { deviceId, delta, weight } of contributions) {
      const before = cache[deviceId];
      const share = (serverLearningRate * weight) / contributions.length;
      for (let i = 0; i < values.length; i++) values[i]! += share * (delta[i]! - (before?.[i] ?? 0));
      next[deviceId] = delta;
    }
    return { values, kept: next };
  },
};
