// A layer as a LayersModel file has it.

/** A layer in the file's words; `weights` are names and shapes in the order of the layer's parameters. */
export interface WrittenLayer {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights?: readonly { readonly role: string; readonly shape: readonly number[] }[];
}

/** An activation as a layer of its own. */
export function writtenActivation(name: string): WrittenLayer {
  return { className: 'Activation', config: { activation: name } };
}
