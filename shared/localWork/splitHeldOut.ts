// Which of a device's samples are kept out of all training, so that its model can be judged by them. Pure.

/** One of so many of each class; the first few all train. */
const HELD_OUT_EVERY = 5;

/** Whether a class's sample of that number, counted from 1, is held out. */
export function isHeldOut(numberOfClass: number): boolean {
  return numberOfClass % HELD_OUT_EVERY === 0;
}

/** Sample numbers told apart by the class of each, in their order. */
export function splitHeldOut(
  samples: Uint32Array,
  labelOf: (sample: number) => number,
): { readonly training: Uint32Array; readonly heldOut: Uint32Array } {
  const perClass = new Map<number, number>();
  const [training, heldOut]: number[][] = [[], []];
  for (const sample of samples) {
    const label = labelOf(sample);
    const number = (perClass.get(label) ?? 0) + 1;
    perClass.set(label, number);
    (isHeldOut(number) ? heldOut! : training!).push(sample);
  }
  return { training: Uint32Array.from(training!), heldOut: Uint32Array.from(heldOut!) };
}
