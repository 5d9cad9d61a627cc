// One tile a device. A tile is made once, and of a changed device only what differs is written: 200 of them stay smooth.

import type { DashboardDevice, DashboardDeviceState } from '../../shared/contract/dashboard.ts';
import { formatByteSize } from '../../shared/byteSize.ts';
import { create, setShare, setText } from './elements.ts';
import { formatShare, formatStaleness, kindOf, memoryOf } from './words.ts';

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
export function createDeviceTiles(target: HTMLElement): DeviceTiles {
  const tiles = new Map<string, Tile>();
  let remove: ((device: DashboardDevice) => void) | null = null;
  return {
    show(devices) {
      const added = document.createDocumentFragment();
      for (const device of devices) {
        let tile = tiles.get(device.id);
        if (!tile) {
          tile = createTile((gone) => remove?.(gone));
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

function createTile(remove: (device: DashboardDevice) => void): Tile {
  const tile = create('li', 'tile');
  const head = create('div', 'tile-head');
  const fish = createFish();
  const name = create('b', 'name');
  const out = create('button', 'out', '×');
  out.type = 'button';
  out.addEventListener('click', () => self.shown && remove(self.shown));
  head.append(fish, name, out);
  const what = create('p', 'what');
  const state = create('span', 'state');
  const kind = create('span', 'kind');
  what.append(state, kind);
  const memory = create('p', 'memory');
  const track = create('div', 'track');
  const fill = create('div', 'fill');
  track.setAttribute('aria-hidden', 'true');
  track.append(fill);
  const figures = create('dl', 'facts');
  const figure = (title: string, className = ''): HTMLElement => {
    const group = create('div', className);
    const value = create('dd', '', '–');
    group.append(create('dt', '', title), value);
    figures.append(group);
    return value;
  };
  const share = figure('trains');
  const updates = figure('updates');
  const age = figure('age');
  const bytes = figure('down + up', 'bytes');
  tile.append(head, what, track, memory, figures);

  const self: Tile = {
    element: tile,
    shown: null,
    update(device) {
      self.shown = device;
      showState(tile, device.state);
      if (name.textContent !== device.name) {
        setText(name, device.name);
        out.setAttribute('aria-label', `Remove ${device.name}`);
      }
      setText(state, device.state);
      setText(kind, kindOf(device));
      setText(memory, memoryOf(device));
      setShare(fill, device.isBudgetEnforced ? device.deviceBytes / device.budgetBytes : 0);
      setText(share, formatShare(device.trainedShare));
      setText(
        updates,
        device.refused > 0 ? `${device.updates} (−${device.refused})` : String(device.updates),
      );
      setText(age, formatStaleness(device.staleness));
      setText(bytes, formatByteSize(device.bytesDown + device.bytesUp));
    },
  };
  return self;
}

function showState(tile: HTMLElement, state: DashboardDeviceState): void {
  if (tile.dataset['state'] !== state) tile.dataset['state'] = state;
}

function createFish(): SVGElement {
  const fish = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', '#fish');
  fish.setAttribute('aria-hidden', 'true');
  fish.append(use);
  return fish;
}
