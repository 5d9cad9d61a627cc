// TensorFlow.js's own profile of one SGD step of the whole model at batch 16 (bench/results/README.md).

const KIB: Readonly<Record<string, number>> = { 'small-cnn': 10_702, digits: 9_344 };

/** Bytes; null for a model that we did not measure. */
export function tfjsStepBytes(model: string): number | null {
  const kib = KIB[model];
  return kib === undefined ? null : kib * 1024;
}
