// A workgroup for each group of channels of a sample.
// stats: [count, groups, 2], mean and 1 / deviation.

import { kernel, type Image, type Kernel } from './kernel.ts';

export const LANES = 64;

/** WGSL function `NAME(e)`: word of element e of the workgroup's group: channels innermost. */
export function elementFunction(name: string, image: Image, groups: number): string {
  const { width, channels } = image.layout;
  const own = channels / groups;
  return `fn ${name}(group: u32, e: u32) -> u32 {
  let pixel = e / ${own}u;
  return ${image.first()} + (group / ${groups}u) * ${image.sample}u + (pixel / ${width}u) * ${image.row}u + (pixel % ${width}u) * ${image.pixel}u
    + (group % ${groups}u) * ${own}u + e % ${own}u;
}
`;
}

const TOTAL = `
var<workgroup> parts: array<vec2f, ${LANES}>;
fn total(lane: u32, own: vec2f) -> vec2f {
  workgroupBarrier();
  parts[lane] = own;
  workgroupBarrier();
  var sum = vec2f();
  for (var k = 0u; k < ${LANES}u; k++) { sum += parts[k]; }
  return sum;
}
`;

/** One workgroup a group of a sample; `body` sees `group`, `lane` and `channel(e)`. */
export function overGroups(x: Image, groups: number, declarations: string, body: string): Kernel {
  const own = x.layout.channels / groups;
  return kernel(
    `${TOTAL}${declarations}
fn channel(group: u32, e: u32) -> u32 { return (group % ${groups}u) * ${own}u + e % ${own}u; }
@compute @workgroup_size(${LANES})
fn main(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
let group = id.x;
${body}
}
`,
    (count) => [count * groups, 1, 1],
  );
}
