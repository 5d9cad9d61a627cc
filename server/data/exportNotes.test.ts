import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { MODELS } from '../../shared/engine/models.ts';
import { exportNotes } from './exportNotes.ts';
import { openOwnTask } from './ownTask/openOwnTask.ts';
import { writeTaskFile } from './testing/writeTaskFile.ts';

function taskOf(layers: readonly object[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'minnow-notes-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const model = { input: [2], layers, loss: 'softmaxCrossEntropy' };
  return writeTaskFile(folder, { changes: { model } });
}

test('a task file whose layers will be named otherwise says so at the start', async () => {
  const layers = [{ kind: 'dense', name: 'my classes', units: 2 }];
  const { notes } = await openOwnTask(taskOf(layers));
  expect(notes).toContain('In TensorFlow.js\'s files layers have other names: "my classes" is "my_classes".');
});

test('a task file whose model TensorFlow.js cannot have says so at the start', async () => {
  const layers = [
    { kind: 'dense', name: 'hidden', units: 4 },
    { kind: 'groupNorm', name: 'norm', groups: 2, epsilon: 0.001 },
    { kind: 'dense', name: 'classes', units: 2 },
  ];
  const { notes } = await openOwnTask(taskOf(layers));
  expect(notes.join('\n')).toMatch(
    /^The model can be saved as safetensors, not for TensorFlow\.js: layer "norm" \(groupNorm\): TensorFlow\.js has no/m,
  );
});

test('there is nothing to say of models that can be taken home as they are', () => {
  const told = MODELS.filter((model) => exportNotes(model).length > 0).map(({ id }) => id);
  expect(told).toEqual(['resnet8-32']);
});
