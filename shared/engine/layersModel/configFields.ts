// Fields that many layers' configs share: windows, strides, and what must be left at its default.

import { expected, isCount, textField, type Fields } from './fields.ts';
import type { LayerContext } from './layerContext.ts';

/** `[height, width]` of a field that holds one count, or one for each axis; the height of a 1-D layer is 1. */
export function pairField(
  config: Fields,
  key: string,
  numAxes: 1 | 2,
  fallback?: number,
): readonly [number, number] {
  const value = config.values[key] ?? fallback;
  const list: readonly unknown[] = Array.isArray(value)
    ? value
    : Array.from({ length: numAxes }, () => value);
  if (list.length !== numAxes || !list.every(isCount))
    throw expected(
      config.prefix + key,
      numAxes === 1 ? 'an integer >= 1' : 'an integer >= 1, or two of them',
      value,
    );
  return numAxes === 1 ? [1, list[0]!] : [list[0]!, list[1]!];
}

/** The stride of a convolution. */
export function strideField(layer: LayerContext, numAxes: 1 | 2): 1 | 2 {
  const [rows, stride] = pairField(layer.config, 'strides', numAxes, 1);
  const isEven = numAxes === 1 || rows === stride;
  if (!isEven || (stride !== 1 && stride !== 2))
    throw layer.refuse(
      `strides must be 1 or 2, alike on both axes, got ${rows} and ${stride}; take a pooling layer after stride 1 instead`,
    );
  return stride;
}

/** Throws RangeError for channels that come first, dilation, or a layer for another number of axes than the model's input has. */
export function expectPlain(layer: LayerContext, numAxes?: 1 | 2): void {
  const { config } = layer;
  const format = textField(config, 'data_format', 'channels_last');
  if (format !== 'channels_last' && format !== 'channelsLast')
    throw layer.refuse(
      `data_format must be "channels_last", got "${format}"; transpose the model in Keras instead`,
    );
  if (numAxes === undefined) return;
  const [rows, columns] = pairField(config, 'dilation_rate', numAxes, 1);
  if (rows !== 1 || columns !== 1)
    throw layer.refuse(
      `dilation_rate must be 1, got ${JSON.stringify(config.values['dilation_rate'])}; take a larger kernel or one more convolution instead`,
    );
  if ((numAxes === 1) !== layer.isSignal)
    throw layer.refuse(
      `a ${numAxes}-D layer must have an input of ${numAxes === 1 ? '[steps, channels]' : '[height, width, channels]'} in a model whose input has as many axes; take its ${3 - numAxes}-D form instead`,
    );
}
