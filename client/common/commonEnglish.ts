// What all pages say, in English; it says which words there are in every language. Pure: figures in, texts out.

import { waitingInWords } from '../../shared/contract/waitingInWords.ts';
import { METRIC_NAMES, type Metric } from '../../shared/tasks/metric.ts';
import { createFormats } from './formats.ts';

export type CommonWords = typeof COMMON_ENGLISH;

const formats = createFormats('en');

/** What a score says. */
const SCORES: Readonly<Record<Metric, string>> = {
  accuracy: 'right on samples that no device has seen',
  recall: 'of each class found, on the average, on samples that no device has seen',
  auc: 'area under the ROC curve on samples that no device has seen; 1 is perfect',
  mse: 'mean squared error on samples that no device has seen; less is better',
};

export const COMMON_ENGLISH = {
  formats,
  devices: (count: number): string => formats.count(count, 'device', 'devices'),
  samples: (count: number): string => formats.count(count, 'sample', 'samples'),
  updates: (count: number): string => formats.count(count, 'update', 'updates'),
  versions: (count: number): string => formats.count(count, 'version', 'versions'),
  /** As tasks have them, where a language has others. */
  className: (name: string): string => name,
  taskTitle: (title: string): string => title,
  metrics: METRIC_NAMES,
  scores: SCORES,
  notExamined: 'Not examined yet',
  waitingFor: waitingInWords,
  frozen: 'frozen',
  more: (count: number): string => `and ${formats.whole(count)} more`,
};
