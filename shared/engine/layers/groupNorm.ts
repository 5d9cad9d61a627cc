// Group normalisation.

import type { NormStage } from '../graph/stage.ts';
import type { StageKind } from '../graph/stageKind.ts';
import type { WrittenLayer } from '../layersModel/writtenLayer.ts';
import { expectCount, type FieldsOf, type LayerBase, type LayerKind } from './layer.ts';
import type { SampleShape } from '../shapes.ts';

export interface GroupNormLayer extends LayerBase {
  readonly kind: 'groupNorm';
  readonly groups: number;
  readonly epsilon: number;
}

export const groupNormFields: FieldsOf<GroupNormLayer> = { groups: 'count', epsilon: 'finite' };

export const groupNorm: LayerKind<GroupNormLayer> = {
  shape(layer, [read]) {
    const input = read!;
    expectCount(layer, 'groups', layer.groups);
    if (input.at(-1)! % layer.groups !== 0)
      throw new RangeError(
        `layer "${layer.name}": groups must divide its ${input.at(-1)} channels, got ${layer.groups}`,
      );
    if (!(layer.epsilon > 0))
      throw new RangeError(`layer "${layer.name}": epsilon must be > 0, got ${layer.epsilon}`);
    return input;
  },
  parameters: (_, channels) => ({ scale: [channels], shift: [channels] }),
  lower({ name, groups, epsilon }, { base, unflattened, parameter }) {
    if (unflattened[2] !== base.input[2])
      throw new RangeError(`layer "${name}" (groupNorm) must come before the flatten that it reads`);
    const [weight, bias] = [parameter('scale'), parameter('shift')];
    return { ...base, kind: 'groupNorm', groups, epsilon, weight, bias };
  },
};

export const groupNormStage: StageKind<NormStage> = {
  forward({ groups, epsilon, ...stage }, { ops, x, y, parameter, stats }) {
    const kept = stats(groups);
    const [scale, shift] = [parameter(stage.weight), parameter(stage.bias)];
    ops.push({ kind: 'groupNorm', x, y, scale, shift, stats: kept, groups, epsilon });
  },
  backward({ groups, ...stage }, site) {
    const { ops, gradient, read, passes } = site;
    const [x, dy, stats] = [site.input(), gradient.id, site.stats!];
    // The input's gradient takes the place of dy and needs the old scale, so what moves at once waits beside it.
    const [scale, shift] = [site.waiting(stage.weight), site.waiting(stage.bias)];
    if (scale || shift) {
      const targets = { scaleTarget: scale?.target ?? null, shiftTarget: shift?.target ?? null };
      ops.push({ kind: 'groupNormParameterGrad', x, dy, stats, ...targets, groups });
    }
    if (passes(read)) {
      ops.push({ kind: 'groupNormInputGrad', x, dy, stats, scale: site.parameter(stage.weight), groups });
      site.pass(read, gradient, true);
    }
    ops.push(...(scale?.after ?? []), ...(shift?.after ?? []));
  },
};

/** TensorFlow.js has the layer norm, which over `[features]` is a group norm of one group. */
export function writeGroupNorm({ name, groups, epsilon }: GroupNormLayer, input: SampleShape): WrittenLayer {
  if (groups !== 1 || input.length !== 1)
    throw new RangeError(
      `layer "${name}" (groupNorm): TensorFlow.js has no group normalization over an image or of several groups; train the model without it, or with one group over [features], instead`,
    );
  return {
    className: 'LayerNormalization',
    config: { axis: -1, epsilon, center: true, scale: true },
    weights: [
      { role: 'gamma', shape: [...input] },
      { role: 'beta', shape: [...input] },
    ],
  };
}
