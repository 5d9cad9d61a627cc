import { expect, test } from 'vitest';
import { findModel } from '../../../shared/engine/models.ts';
import { findTask } from '../../../shared/tasks/tasks.ts';
import { inputKindOf } from './inputKind.ts';

const fashion = findTask('fashion');
const table = { columns: [{ name: 'x', scale: 1, offset: 0 }], label: 'kind' };

test('each task is given its data in its own way', () => {
  expect(inputKindOf(findTask('digits'))).toBe('drawing');
  expect(inputKindOf(findTask('har'))).toBe('motion');
  expect(inputKindOf(fashion)).toBe('pictures');
  expect(inputKindOf(findTask('cifar10'))).toBe('pictures');
  expect(inputKindOf({ ...fashion, id: 'mine', table, model: findModel('mlp') })).toBe('table');
});

test('a task that no person can make samples for gets none', () => {
  expect(inputKindOf({ ...fashion, classes: [] })).toBe('none');
  expect(inputKindOf({ ...fashion, id: 'mine', table: { ...table, label: '' } })).toBe('none');
  // Scaled by who knows what.
  expect(inputKindOf({ ...fashion, inputs: 'float32' })).toBe('none');
  expect(inputKindOf({ ...fashion, model: { ...fashion.model, input: [28, 28, 2] } })).toBe('none');
  expect(inputKindOf({ ...fashion, model: { ...fashion.model, loss: 'binaryCrossEntropy' } })).toBe('none');
});
