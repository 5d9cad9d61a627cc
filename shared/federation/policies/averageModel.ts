// The model as it is scored and given out, where that is not the newest version but the mean of the last ones. Devices train
// from the newest version all the same: nothing of training depends on it. Pure: makes new arrays, changes none.
//
//   a_0 = w_0,  a_t = d_t a_{t-1} + (1 - d_t) w_t,  d_t = min(decay, (1 + t) / (10 + t))
//
// Averaging the iterates of a noisy descent (Polyak and Juditsky, SIAM J. Control Optim. 30(4), 1992), with weights that
// fade so that the first versions are soon forgotten. With few updates a step and uneven labels each version leans to the
// labels of those who were last; their mean does not.

/** Tensors that nobody has changed for so many times 1 / (1 - decay) versions are as their average: 1/3000 is left. */
const SETTLED = 8;

/**
 * The average of one tensor after the step that made `version`. `values` are of that version, which last changed the tensor
 * in `changedVersion`. Returns `values` itself where the two are, or count as, the same.
 */
export function averageTensor(
  before: Float32Array,
  values: Float32Array,
  version: number,
  changedVersion: number,
  decay: number,
): Float32Array {
  if (before === values || (version - changedVersion) * (1 - decay) > SETTLED) return values;
  const kept = Math.min(decay, (1 + version) / (10 + version));
  const average = new Float32Array(values.length);
  for (let j = 0; j < values.length; j++) average[j] = kept * before[j]! + (1 - kept) * values[j]!;
  return average;
}
