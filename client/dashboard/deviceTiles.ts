// One tile a device. A tile is made once, and of a changed device only what differs is written: 200 of them stay smooth.

import type { DashboardDevice, DashboardDeviceState } from '../../shared/contract/dashboard.ts';
import { build, buildButton, drawFish, setShare, write } from '../common/elements.ts';
import type { Sayings } from './sayings.ts';

/** From so many devices on tiles show less, so that more of them fit a screen. */
const MANY = 48;

export interface DeviceTiles {
  /** Shows these devices, each by its id; those of another run are gone after `clear`. */
  show(devices: Iterable<DashboardDevice>): void;
  clear(): void;
  /** From now on each tile has a button that takes its device out. */
  offerRemoval(remove: (device: DashboardDevice) => void): void;
}

interface Tile {
  readonly element: HTMLLIElement;
  shown: DashboardDevice | null;
  update(device: DashboardDevice): void;
}

/** Fills the list `target`. */
export function createDeviceTiles(target: HTMLElement, say: Sayings): DeviceTiles {
  const tiles = new Map<string, Tile>();
  let remove: ((device: DashboardDevice) => void) | null = null;
  return {
    show(devices) {
      const added = document.createDocumentFragment();
      for (const device of devices) {
        let tile = tiles.get(device.id);
        if (!tile) {
          tile = createTile(say, (gone) => remove?.(gone));
          tiles.set(device.id, tile);
          added.append(tile.element);
        }
        if (tile.shown !== device) tile.update(device);
      }
      if (added.childNodes.length > 0) target.append(added);
      target.classList.toggle('many', tiles.size >= MANY);
    },
    clear() {
      tiles.clear();
      target.replaceChildren();
    },
    offerRemoval(newRemove) {
      remove = newRemove;
      target.classList.add('removable');
    },
  };
}

function createTile(say: Sayings, remove: (device: DashboardDevice) => void): Tile {
  const { formats } = say;
  const words = say.words.device;
  const name = build('b', { class: 'name' });
  const out = buildButton('×', () => self.shown && remove(self.shown), 'out');
  const state = build('span', { class: 'state' });
  const kind = build('span', { class: 'kind' });
  const memory = build('p', { class: 'memory' });
  const fill = build('div', { class: 'fill' });
  const figures = build('dl', { class: 'facts' });
  const figure = (title: string, className = ''): HTMLElement => {
    const value = build('dd', {}, '–');
    figures.append(build('div', { class: className }, build('dt', {}, title), value));
    return value;
  };
  const share = figure(words.trains);
  const updates = figure(words.updates);
  const age = figure(words.age);
  const bytes = figure(words.bytes, 'bytes');
  const tile = build(
    'li',
    { class: 'tile' },
    build('div', { class: 'tile-head' }, drawFish({ 'aria-hidden': 'true' }), name, out),
    build('p', { class: 'what' }, state, kind),
    build('div', { class: 'track', 'aria-hidden': 'true' }, fill),
    memory,
    figures,
  );

  const self: Tile = {
    element: tile,
    shown: null,
    update(device) {
      self.shown = device;
      showState(tile, device.state);
      if (name.textContent !== device.name) {
        write(name, device.name);
        out.setAttribute('aria-label', words.remove(device.name));
      }
      write(state, words.states[device.state]);
      write(kind, say.kindOf(device));
      write(memory, say.memoryOf(device));
      setShare(fill, device.isBudgetEnforced ? device.deviceBytes / device.budgetBytes : 0);
      write(share, say.shareOf(device.trainedShare));
      write(updates, device.refused > 0 ? `${device.updates} (−${device.refused})` : String(device.updates));
      write(age, device.staleness < 0 ? '–' : String(device.staleness));
      write(bytes, formats.bytes(device.bytesDown + device.bytesUp));
    },
  };
  return self;
}

function showState(tile: HTMLElement, state: DashboardDeviceState): void {
  if (tile.dataset['state'] !== state) tile.dataset['state'] = state;
}
