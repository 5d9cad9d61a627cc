// The tasks known by name. A task is data; where its samples come from is the server's business.

import { findModel } from '../engine/models.ts';
import type { TaskDefinition } from './task.ts';

/** Procedural handwriting; a linear model stops at about 88 %. */
const digits: TaskDefinition = {
  id: 'digits',
  title: 'Handwritten digits',
  model: findModel('digits'),
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  inputs: 'uint8',
  scale: 2 / 255,
  offset: -0.26,
  metric: 'accuracy',
  floor: 0.88,
  target: 0.9,
  dealing: { dealing: { kind: 'iid' }, numShards: 50, samplesPerShard: 240 },
  localWork: { batch: 16, epochs: 1, maxSteps: 40, learningRate: 0.01 },
};

/** Fashion-MNIST (Xiao, Rasul, Vollgraf, 2017), 60,000 + 10,000 pictures of clothes; mean 0.286, deviation 0.353. */
const fashion: TaskDefinition = {
  id: 'fashion',
  title: 'Clothes (Fashion-MNIST)',
  model: findModel('small-cnn'),
  classes: [
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot',
  ],
  inputs: 'uint8',
  scale: 1 / (255 * 0.353),
  offset: -0.286 / 0.353,
  metric: 'accuracy',
  floor: 0.7,
  target: 0.85,
  dealing: { dealing: { kind: 'iid' }, numShards: 50, samplesPerShard: 240 },
  localWork: { batch: 16, epochs: 2, maxSteps: 40, learningRate: 0.05 },
};

/** CIFAR-10 (Krizhevsky, 2009): ten kinds of things, 32 x 32 x 3; mean 0.473, deviation 0.252. */
const cifar10: TaskDefinition = {
  id: 'cifar10',
  title: 'Things (CIFAR-10)',
  model: { ...findModel('small-cnn'), id: 'small-cnn-32', input: [32, 32, 3] },
  classes: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
  inputs: 'uint8',
  scale: 1 / (255 * 0.252),
  offset: -0.473 / 0.252,
  metric: 'accuracy',
  floor: 0.3,
  target: 0.44,
  localWork: { batch: 16, epochs: 2, maxSteps: 40, learningRate: 0.05 },
  dealing: { dealing: { kind: 'iid' }, numShards: 50, samplesPerShard: 240 },
};

/** Human activities from a phone's motion sensors (HAPT; Reyes-Ortiz et al., 2015): a subject is a natural client. */
const har: TaskDefinition = {
  id: 'har',
  title: 'Activities (motion sensors)',
  model: findModel('har-cnn'),
  classes: ['walking', 'walking upstairs', 'walking downstairs', 'sitting', 'standing', 'lying'],
  inputs: 'float32',
  scale: 1,
  offset: 0,
  metric: 'accuracy',
  floor: 0.75,
  target: 0.85,
  localWork: { batch: 16, epochs: 1, maxSteps: 40, learningRate: 0.05 },
  dealing: { dealing: { kind: 'natural' }, numShards: 21, samplesPerShard: 0 },
};

export const TASKS: readonly TaskDefinition[] = [digits, fashion, cifar10, har];

/** The task of that id. Throws RangeError listing the known ids. */
export function findTask(id: string): TaskDefinition {
  const task = TASKS.find((candidate) => candidate.id === id);
  if (!task) throw new RangeError(`task must be one of ${TASKS.map((t) => t.id).join(', ')}, got "${id}"`);
  return task;
}
