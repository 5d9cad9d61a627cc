import { expect, it } from 'vitest';
import { parametersOf } from '../engine/model.ts';
import { findModel } from '../engine/models.ts';
import { ratioScheme, trainedSlices } from '../engine/scheme.ts';
import { coarserOf, formOfBlock, isAsFine, PRECISIONS, travelPrecision } from './blockForm.ts';

const MODEL = findModel('small-cnn');

it('sends each tensor in what takes the fewest bytes, and small ones in no less than int8', () => {
  const sent = parametersOf(MODEL).map((parameter) => {
    const { precision, bytes } = travelPrecision(formOfBlock(parameter, null).matrix, 'int4');
    return [parameter.name, precision, bytes];
  });
  expect(sent).toEqual([
    ['conv1.weight', 'int8', 16 * 4 + 144],
    ['conv1.bias', 'float16', 32],
    ['conv2.weight', 'int8', 32 * 4 + 4608],
    ['conv2.bias', 'float16', 64],
    ['dense1.weight', 'int4', 64 * 4 + 50_176],
    ['dense1.bias', 'float16', 128],
    ['dense2.weight', 'int8', 10 * 4 + 640],
    ['dense2.bias', 'float16', 20],
  ]);
});

it('sends a slice in no less than the tensor that it is of', () => {
  const parameters = parametersOf(MODEL);
  for (const ratio of [1 / 8, 1 / 4, 1 / 2])
    for (const slice of trainedSlices(
      MODEL,
      ratioScheme(MODEL, { conv2: ratio, dense1: ratio, dense2: ratio }),
    )) {
      const parameter = parameters[slice.parameter]!;
      const [part, whole] = [slice, null].map((of) =>
        travelPrecision(formOfBlock(parameter, of).matrix, 'int4'),
      );
      expect(isAsFine(part!.precision, whole!.precision), parameter.name).toBe(true);
    }
});

it('knows int4 as the coarsest', () => {
  for (const precision of PRECISIONS) expect(coarserOf(precision, 'int4')).toBe('int4');
  expect(isAsFine('int4', 'int8')).toBe(false);
});
