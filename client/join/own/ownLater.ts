// Fetches the section of own data after the first local step, so that nothing of it stands in the way of training.

import type { DeviceState } from '../../device/deviceState.ts';
import type { OwnDataApi } from '../../device/ownData.ts';
import type { Language } from '../../language.ts';
import type { OwnSection } from './ownSection.ts';

/** `api`: the device's, once there is one. */
export function createOwnLater(
  element: HTMLElement,
  api: () => OwnDataApi | undefined,
  language: Language,
): OwnSection {
  let section: OwnSection | null = null;
  let isFetching = false;

  async function fetchSection(own: OwnDataApi): Promise<void> {
    isFetching = true;
    try {
      const { openOwnSection } = await import('./ownSection.ts');
      section = openOwnSection(element, own, language);
    } catch (error) {
      // The network is gone: the next change of state tries again.
      console.warn(error);
    }
    isFetching = false;
  }

  return {
    show(state: DeviceState) {
      const own = api();
      if (!section && !isFetching && own && state.step > 0) void fetchSection(own);
      section?.show(state);
    },
  };
}
