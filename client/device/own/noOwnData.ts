// The state of a device without own samples: data only, at hand before anything else of own samples is fetched.

import type { OwnDataState, PersonalState } from '../ownData.ts';

export const NO_PERSONAL_MODEL: PersonalState = {
  phase: 'none',
  progress: 0,
  version: -1,
  trains: 'head',
  globalAccuracy: -1,
  personalAccuracy: -1,
  problem: null,
};

export const NO_OWN_DATA: OwnDataState = {
  samples: 0,
  heldOut: 0,
  perClass: [],
  use: 'demo',
  isKept: false,
  isRunResting: false,
  deviceBytes: 0,
  problem: null,
  personal: NO_PERSONAL_MODEL,
};
