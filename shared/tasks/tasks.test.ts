import { expect, test } from 'vitest';
import { findTask, TASKS } from './tasks.ts';

test('every task has one class for each logit of its model', () => {
  for (const task of TASKS) {
    const head = task.model.layers.at(-1)!;
    expect(head).toMatchObject({ kind: 'dense', units: task.classes.length });
  }
});

test('an unknown task is refused with the known ones', () => {
  expect(() => findTask('letters')).toThrow(
    'task must be one of digits, fashion, cifar10, har, got "letters"',
  );
});
