import { expect, test } from 'vitest';
import { parseTaskFile } from './taskFile.ts';

const FILE = {
  id: 'mine',
  model: { input: [2], layers: [{ kind: 'dense', name: 'out', units: 2 }], loss: 'softmaxCrossEntropy' },
  data: { format: 'csv', train: 'a.csv', test: { share: 0.2 }, label: 'kind' },
  metric: 'accuracy',
  floor: 0.5,
  target: 0.6,
};

test.each([
  [{ titel: 'Mine' }, 'titel: there is no such field; did you mean "title"?'],
  // What is misspelt is missing as well: the one that is there to be seen is told.
  [{ metric: undefined, metirc: 'auc' }, 'metirc: there is no such field; did you mean "metric"?'],
  [{ data: { ...FILE.data, lable: 'kind' } }, 'data.lable: there is no such field; did you mean "label"?'],
  [{ localWork: { epoch: 1 } }, 'localWork.epoch: there is no such field; did you mean "epochs"?'],
  [{ metric: undefined }, 'metric: expected this field, got nothing'],
])('%j', (changes, message) => {
  // As a file has it: without what is undefined.
  const content = JSON.parse(JSON.stringify({ ...FILE, ...changes })) as unknown;
  expect(() => parseTaskFile(content, 'task.json')).toThrow(`task.json: ${message}`);
});
