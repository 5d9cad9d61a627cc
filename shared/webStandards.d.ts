// The few web standards that code for tabs and for Node alike may use, as far as it uses them.

interface AbortSignal {
  readonly aborted: boolean;
}

interface TextDecodeOptions {
  stream?: boolean;
}

interface TextDecoder {
  readonly encoding: string;
  decode(bytes?: ArrayBufferView, options?: TextDecodeOptions): string;
}

declare const TextDecoder: new (label?: string, options?: { fatal?: boolean }) => TextDecoder;

declare const TextEncoder: new () => { encode(text: string): Uint8Array<ArrayBuffer> };
