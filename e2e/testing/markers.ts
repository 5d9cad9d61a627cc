// Marks that tests plant in a person's own data, in every form in which they might leave a tab.

/** A sequence that is in own data, and nothing else is likely to have. */
export interface Marker {
  readonly name: string;
  readonly forms: readonly { readonly name: string; readonly bytes: Buffer }[];
}

/** Of values of a sample: as bytes, text, JSON, hexadecimal, and as the engine holds them. */
export function bytesMarker(
  name: string,
  values: Uint8Array,
  scaling?: { scale: number; offset: number },
): Marker {
  const raw = Buffer.from(values);
  const floats = (valueOf: (value: number) => number): Buffer =>
    Buffer.from(Float32Array.from(values, valueOf).buffer);
  const scaled = scaling && floats((value) => value * scaling.scale + scaling.offset);
  return {
    name,
    forms: [
      { name: 'bytes', bytes: raw },
      ...base64Forms('base64', raw),
      { name: 'hexadecimal', bytes: Buffer.from(raw.toString('hex')) },
      { name: 'JSON', bytes: Buffer.from([...values].join(',')) },
      { name: 'text', bytes: Buffer.from([...values].join(' ')) },
      { name: 'float32', bytes: floats((value) => value) },
      ...(scaled ? [{ name: 'scaled float32', bytes: scaled }, ...base64Forms('scaled base64', scaled)] : []),
    ],
  };
}

/** Of a name: as text, in an address, and in base64. */
export function textMarker(name: string, text: string): Marker {
  const raw = Buffer.from(text);
  return {
    name,
    forms: [
      { name: 'text', bytes: raw },
      { name: 'in an address', bytes: Buffer.from(encodeURIComponent(text)) },
      { name: 'UTF-16', bytes: Buffer.from(text, 'utf16le') },
      ...base64Forms('base64', raw),
    ],
  };
}

/** What stays the same of the base64 of a sequence wherever in a longer one it begins. */
function base64Forms(name: string, raw: Buffer): { readonly name: string; readonly bytes: Buffer }[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), raw])
      .toString('base64')
      .replace(/=+$/, '');
    return { name: `${name} (${before})`, bytes: Buffer.from(text.slice(before === 0 ? 0 : 4, -4)) };
  });
}

/** `MARKER as FORM` for each that is found in any of the buffers. */
export function findMarkers(markers: readonly Marker[], buffers: readonly Buffer[]): string[] {
  return markers.flatMap((marker) =>
    marker.forms
      .filter(({ bytes }) => buffers.some((buffer) => buffer.includes(bytes)))
      .map((form) => `${marker.name} as ${form.name}`),
  );
}
