// The code that encodes an update, which no device needs before its first step.

export type DeltaCodec = typeof import('../../shared/contract/deltaCodec.ts');

export function fetchDeltaCodec(): Promise<DeltaCodec> {
  return import('../../shared/contract/deltaCodec.ts');
}
