// Float32 values to IEEE binary16 and back. Knows nothing of who stores or sends them.

const FLOAT = new Float32Array(1);
const BITS = new Uint32Array(FLOAT.buffer);
const INFINITY = 0x7c00;
const NOT_A_NUMBER = 0x7e00;
/** Float32 bits of the smallest value that rounds to more than the largest binary16, and of the smallest normal binary16. */
const OVERFLOW = 0x477ff000;
const SMALLEST_NORMAL = 0x38800000;
/** What an exponent of 0 means in float32 but not in binary16. */
const REBIAS = 0x38000000;

/** The nearest binary16, ties to even. */
export function toFloat16(value: number): number {
  FLOAT[0] = value;
  const bits = BITS[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return NOT_A_NUMBER;
  if (magnitude >= OVERFLOW) return sign | INFINITY;
  if (magnitude < SMALLEST_NORMAL) return sign | roundToEven(Math.abs(value) * 2 ** 24);
  return sign | ((magnitude - REBIAS + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

/** The value of a binary16. */
export function fromFloat16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0);
}
