// Scores of a model's predictions by the four metrics. Pure, in float64; knows nothing of models or trainers.

/** Predictions `[count, outputs]`, row-major: probabilities, or values where the task has no classes. */
export interface Predictions {
  readonly count: number;
  readonly outputs: number;
  readonly values: Float32Array;
}

/** What the predictions are held against: class of each sample, or targets `[count, outputs]`. */
export interface Truth {
  readonly labels: Uint8Array;
  readonly targets?: Float32Array | undefined;
}

/** One class of a task seen as a question: how strongly each sample is said to be of it, and whether it is. */
interface Question {
  readonly scoreOf: (sample: number) => number;
  readonly isPositive: (sample: number) => boolean;
}

/** Share of each class that is found, -1 for a class that has no sample; a single output has two classes, off and on. */
export function recallsOf(predictions: Predictions, truth: Truth): number[] {
  const numClasses = truth.targets && predictions.outputs === 1 ? 2 : predictions.outputs;
  const found = new Float64Array(numClasses);
  const all = new Float64Array(numClasses);
  for (let n = 0; n < predictions.count; n++) {
    const { values, outputs } = predictions;
    if (!truth.targets) {
      const label = truth.labels[n]!;
      all[label]!++;
      if (argmax(values, n * outputs, outputs) === label) found[label]!++;
    } else if (outputs === 1) {
      const label = truth.targets[n]! > 0.5 ? 1 : 0;
      all[label]!++;
      if (values[n]! > 0.5 === (label === 1)) found[label]!++;
    } else {
      for (let k = 0; k < outputs; k++) {
        if (truth.targets[n * outputs + k]! <= 0.5) continue;
        all[k]!++;
        if (values[n * outputs + k]! > 0.5) found[k]!++;
      }
    }
  }
  return Array.from(all, (count, k) => (count === 0 ? -1 : found[k]! / count));
}

/** Mean over the classes that have samples. */
export function meanRecall(recalls: readonly number[]): number {
  return mean(recalls.filter((recall) => recall >= 0));
}

/**
 * Area under the ROC curve: the chance that a positive is put above a negative, a tie being half (Mann and Whitney, 1947).
 * Two classes: of the second; more, or several targets: the mean of each one's. A class without positives or
 * without negatives has none; -1 when that holds for all.
 */
export function aucOf(predictions: Predictions, truth: Truth): number {
  const areas = questionsOf(predictions, truth).map((question) => areaOf(question, predictions.count));
  return mean(areas.filter((area) => area >= 0));
}

function questionsOf({ outputs, values }: Predictions, { labels, targets }: Truth): Question[] {
  const classes = targets || outputs !== 2 ? Array.from({ length: outputs }, (_, k) => k) : [1];
  return classes.map((k) => ({
    scoreOf: (n) => values[n * outputs + k]!,
    isPositive: targets ? (n) => targets[n * outputs + k]! > 0.5 : (n) => labels[n] === k,
  }));
}

function areaOf({ scoreOf, isPositive }: Question, count: number): number {
  const order = Float64Array.from({ length: count }, (_, n) => n).sort((a, b) => scoreOf(a) - scoreOf(b));
  let numPositives = 0;
  let rankSum = 0;
  for (let from = 0, to = 0; from < count; from = to) {
    for (to = from; to < count && scoreOf(order[to]!) === scoreOf(order[from]!); to++);
    // Ranks from + 1 ... to share their mean.
    const rank = (from + 1 + to) / 2;
    for (let i = from; i < to; i++) {
      if (!isPositive(order[i]!)) continue;
      numPositives++;
      rankSum += rank;
    }
  }
  const numNegatives = count - numPositives;
  if (numPositives === 0 || numNegatives === 0) return -1;
  return (rankSum - (numPositives * (numPositives + 1)) / 2) / (numPositives * numNegatives);
}

/** Over all samples and outputs. */
export function meanSquaredErrorOf({ count, outputs, values }: Predictions, targets: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < count * outputs; i++) sum += (values[i]! - targets[i]!) ** 2;
  return sum / (count * outputs);
}

function argmax(values: Float32Array, from: number, length: number): number {
  let best = 0;
  for (let k = 1; k < length; k++) if (values[from + k]! > values[from + best]!) best = k;
  return best;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? -1 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
