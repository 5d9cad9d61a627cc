// Numbers as WGSL has them.

/** A float literal of WGSL. */
export function float(value: number): string {
  return `f32(${Math.fround(value)})`;
}
