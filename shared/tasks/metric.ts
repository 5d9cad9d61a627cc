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

/** What a score says, for people. */
export function describeScore(metric: Metric): string {
  switch (metric) {
    case 'accuracy':
      return 'right on samples that no device has seen';
    case 'recall':
      return 'of each class found, on the average, on samples that no device has seen';
    case 'auc':
      return 'area under the ROC curve on samples that no device has seen; 1 is perfect';
    case 'mse':
      return 'mean squared error on samples that no device has seen; less is better';
    default:
      return metric satisfies never;
  }
}

/** True where the score is as good as the target or better; a score of -1 (none yet) never is. */
export function isReached(metric: Metric, score: number, target: number): boolean {
  return score >= 0 && (metric === 'mse' ? score <= target : score >= target);
}

/** `90.5 %` for shares, three digits for the others, `-` for none yet. */
export function formatScore(metric: Metric, score: number): string {
  if (score < 0) return '-';
  if (metric === 'accuracy' || metric === 'recall') return `${(100 * score).toFixed(1)} %`;
  return metric === 'mse' ? score.toPrecision(3) : score.toFixed(3);
}
