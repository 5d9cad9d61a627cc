// What a model is measured by on data that no device has seen, and when that is good enough.
// Knows nothing of how it is computed.

/**
 * - `accuracy`: share of the samples classified right
 * - `recall`: mean over the classes of the share of each class that is found
 * - `auc`: area under the ROC curve; of each class against the rest, averaged, where there are more than two
 * - `mse`: mean squared error; the only one of which less is better
 */
export type Metric = 'accuracy' | 'recall' | 'auc' | 'mse';

export const METRICS: readonly Metric[] = ['accuracy', 'recall', 'auc', 'mse'];

/** For people. */
export const METRIC_NAMES: Readonly<Record<Metric, string>> = {
  accuracy: 'accuracy',
  recall: 'mean recall',
  auc: 'AUC',
  mse: 'mean squared error',
};

/** Whether scores are shares of samples, which people are told in percent. */
export function isInPercent(metric: Metric): boolean {
  return metric === 'accuracy' || metric === 'recall';
}

/** True where the score is as good as the target or better; a score of -1 (none yet) never is. */
export function isReached(metric: Metric, score: number, target: number): boolean {
  return score >= 0 && (metric === 'mse' ? score <= target : score >= target);
}

/** `90.5 %` for shares, three digits for the others, `-` for none yet. */
export function formatScore(metric: Metric, score: number): string {
  if (score < 0) return '-';
  if (isInPercent(metric)) return `${(100 * score).toFixed(1)} %`;
  return metric === 'mse' ? score.toPrecision(3) : score.toFixed(3);
}
