// How much it counts that an update trained only a part of the model. Pure.

/**
 * c^g for the share c of the model's parameters that the update trained, 0 < c <= 1; 1 for g = 0 (the default).
 * Ours; g > 0 favours updates that trained much.
 */
export function coverageWeight(trainedShare: number, exponent: number): number {
  return Math.pow(trainedShare, exponent);
}
