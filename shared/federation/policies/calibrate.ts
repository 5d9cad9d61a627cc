// What stands for an update's delta where the server remembers the last one of each device: a control variate. Pure.
//
//   G_j = H_j + mean over the buffer of (delta_k,j - h_k,j)      h_k,j  what was remembered of device k
//                                                                H_j    mean of the h over the devices that have one at j
//
// CA2FL (cache-aided asynchronous federated learning, ICLR 2024). Where labels are uneven a small buffer leans to the labels of those
// few devices; the differences to what the same devices sent before lean less, and the mean of all takes the place of what they share.
//
// Ours: each update by itself becomes delta_k - h_k + H, so that weights, coverage and divisors are as without; where all weigh alike
// and cover all, that is the same. Of a device of which nothing is remembered at j, h_k,j = H_j: it counts as it comes. CA2FL has a
// zero there and divides by the number of all devices, which a run that anyone may join does not have.

/** `shift`: H - h_k, 0 where nothing is remembered of the device. `scale`: clipping of the delta. */
export function calibrate(delta: Float32Array, scale: number, shift: Float32Array): Float32Array {
  return delta.map((value, i) => scale * value + shift[i]!);
}
