export interface Wall {
  readonly says: string;
  readonly rooms: readonly string[];
  readonly except?: readonly string[];
  readonly imports?: readonly string[];
  readonly packages?: readonly string[];
  readonly globals?: readonly string[];
  readonly members?: readonly (readonly [object: string, property: string])[];
  readonly tests?: boolean;
}
export const WALLS: readonly Wall[];
export const PACKAGES: readonly string[];
export const PLACES: readonly string[];
export function wallsAt(path: string, isTest: boolean): readonly Wall[];
