// The classes of one sample.

/** Lets `first`, `top` and `sum` of the row of sample n. */
export function softmaxRow(start: string, classes: number): string {
  return `let first = ${start} + n * ${classes}u;
  var top = load(first); var winner = 0u;
  for (var k = 1u; k < ${classes}u; k++) { let v = load(first + k); if (v > top) { top = v; winner = k; } }
  var sum = 0.0;
  for (var k = 0u; k < ${classes}u; k++) { sum += exp(load(first + k) - top); }`;
}
