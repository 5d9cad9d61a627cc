// Fetches the section of own data after the first local step, so that nothing of it stands in the way of training.

import type { DeviceState } from '../../device/deviceState.ts';
import type { OwnDataApi } from '../../device/ownData.ts';
import { createLaterCode } from '../../common/laterCode.ts';
import type { Language } from '../../common/language.ts';
import type { OwnSection } from './ownSection.ts';

/** `api`: the device's, once there is one. `older`: its code is not to be had from a server that is there, or is again. */
export function createOwnLater(
  element: HTMLElement,
  api: () => OwnDataApi | undefined,
  language: Language,
  older: (isOlder: boolean) => void,
): OwnSection {
  let section: OwnSection | null = null;
  let newest: DeviceState | null = null;
  const fetchSection = createLaterCode(async () => {
    const { openOwnSection } = await import('./ownSection.ts');
    section = openOwnSection(element, api()!, language, older);
    if (newest) section.show(newest);
  }, older);

  return {
    show(state: DeviceState) {
      newest = state;
      if (api() && state.step > 0) void fetchSection();
      section?.show(state);
    },
  };
}
