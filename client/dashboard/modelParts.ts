// Which layers and channels of the model each class of devices trains. Pure: devices and schemes in, rows out.

import { parametersOf, type ModelSpec } from '../../shared/engine/model.ts';
import { extentsOf, type UpdateScheme } from '../../shared/engine/scheme.ts';
import { subnetworkOf } from '../../shared/engine/subnetwork.ts';
import type { DashboardDevice } from '../../shared/contract/dashboard.ts';

/** Devices that train the same within the same budget. */
export interface AlikeDevices {
  readonly key: string;
  /** Profile where all have the same one, else ''. */
  readonly kind: string;
  readonly count: number;
  readonly budgetBytes: number;
  readonly trainedShare: number;
  readonly scheme: UpdateScheme;
}

/** The trained part of a layer's largest tensor, as shares of its channels: outputs across, inputs from the bottom up. */
export interface LayerPart {
  readonly name: string;
  readonly numParameters: number;
  /** `[from, to]`, each 0 ... 1; of a rolling window two. None: the layer is frozen, or only its bias is trained. */
  readonly outputs: readonly (readonly [number, number])[];
  readonly inputs: readonly [number, number];
  readonly isBiasTrained: boolean;
}

/** Of devices that are here, the largest budget first. */
export function deviceClasses(
  devices: Iterable<DashboardDevice>,
  schemes: readonly UpdateScheme[],
): AlikeDevices[] {
  const classes = new Map<string, AlikeDevices>();
  for (const { state, scheme, budgetBytes, kind, trainedShare } of devices) {
    const trained = schemes[scheme];
    if (state === 'gone' || trained === undefined) continue;
    const key = `${scheme}/${budgetBytes}`;
    const known = classes.get(key);
    classes.set(key, {
      key,
      kind: known && known.kind !== kind ? '' : kind,
      count: (known?.count ?? 0) + 1,
      budgetBytes,
      trainedShare,
      scheme: trained,
    });
  }
  return [...classes.values()].sort((a, b) => b.budgetBytes - a.budgetBytes || b.count - a.count);
}

/** The model's layers with parameters, in its order. */
export function layerParts(model: ModelSpec, scheme: UpdateScheme): LayerPart[] {
  const entries = new Map(scheme.entries.map((entry) => [entry.tensor, entry]));
  const parameters = parametersOf(model);
  const kept = scheme.width ? subnetworkOf(model, scheme.width).kept : null;
  const layers = [...new Set(parameters.map(({ layer }) => layer))];
  return layers.map((name) => {
    const own = parameters.filter(({ layer }) => layer === name);
    const largest = own.reduce((best, next) => (next.size > best.size ? next : best));
    const entry = entries.get(largest.name);
    const { inputs, outputs } = extentsOf(largest);
    const slice = kept?.[parameters.indexOf(largest)];
    // The entries of a width slice count its own channels.
    const trained = entry && (slice ? rangesOf(slice.outputs.slice(...entry.output)) : [entry.output]);
    const rows = entry && (slice ? ([0, slice.inputs.length] as const) : entry.input);
    return {
      name,
      numParameters: own.reduce((sum, { size }) => sum + size, 0),
      outputs: (trained ?? []).map(([from, to]) => [from / outputs, to / outputs]),
      inputs: rows ? [rows[0] / inputs, rows[1] / inputs] : [0, 1],
      isBiasTrained: own.some((parameter) => parameter !== largest && entries.has(parameter.name)),
    };
  });
}

/** Ascending indices as half-open ranges. */
function rangesOf(indices: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const index of indices) {
    const last = ranges.at(-1);
    if (last && last[1] === index) last[1]++;
    else ranges.push([index, index + 1]);
  }
  return ranges;
}
