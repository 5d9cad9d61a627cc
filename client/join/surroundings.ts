// What becomes of a tab on a phone: battery, data saver, network, sleep. Each tells of its change; knows no element of the
// page. What only a secure context has is asked for first: on plain http a phone tells nothing of its battery.

import type { HeldReason } from '../device/deviceState.ts';

export interface Surroundings {
  /** Why training ought to rest. */
  readonly held: HeldReason;
  readonly isOnline: boolean;
  /** How long the tab was frozen before it came back just now; 0 where it was not, or some time ago. */
  readonly sleptMs: number;
}

/** Below, and on battery, training rests. */
const LOW_BATTERY = 0.2;
/** A hidden tab's timers come once a minute at worst; who hears of none for longer was asleep. */
const LONGEST_GAP_MS = 90_000;
const TICK_MS = 1_000;
/** So long the page says that it was asleep. */
const SLEPT_SHOWN_MS = 20_000;

/** https://w3c.github.io/battery/ (Chromium, secure contexts). */
interface Battery extends EventTarget {
  readonly charging: boolean;
  readonly level: number;
}
interface PhoneNavigator {
  getBattery?: () => Promise<Battery>;
  /** https://wicg.github.io/netinfo/ (Chromium). */
  readonly connection?: EventTarget & { readonly saveData?: boolean };
}

/** Tells of the surroundings at once and at each change. */
export function watchSurroundings(changed: (surroundings: Surroundings) => void): void {
  const { connection, getBattery } = navigator as PhoneNavigator;
  let battery: Battery | null = null;
  let sleptMs = 0;
  let frozenAtMs = 0;
  let lastTickMs = Date.now();

  function tell(): void {
    const isLow = battery !== null && battery.level < LOW_BATTERY && !battery.charging;
    const held = isLow ? 'battery' : connection?.saveData ? 'dataSaver' : '';
    changed({ held, isOnline: navigator.onLine, sleptMs });
  }
  function wokeUp(sinceMs: number): void {
    frozenAtMs = 0;
    sleptMs = Date.now() - sinceMs;
    tell();
    setTimeout(() => {
      sleptMs = 0;
      tell();
    }, SLEPT_SHOWN_MS);
  }

  document.addEventListener('freeze', () => (frozenAtMs = Date.now()));
  document.addEventListener('resume', () => frozenAtMs && wokeUp(frozenAtMs));
  addEventListener('pagehide', () => (frozenAtMs = Date.now()));
  window.addEventListener('pageshow', ({ persisted }) => persisted && frozenAtMs && wokeUp(frozenAtMs));
  setInterval(() => {
    const since = lastTickMs;
    lastTickMs = Date.now();
    if (lastTickMs - since > LONGEST_GAP_MS) wokeUp(since);
  }, TICK_MS);

  addEventListener('online', tell);
  addEventListener('offline', tell);
  connection?.addEventListener('change', tell);
  getBattery?.call(navigator).then(
    (found) => {
      battery = found;
      for (const event of ['levelchange', 'chargingchange']) found.addEventListener(event, tell);
      tell();
    },
    // Barred by a policy: the phone tells nothing.
    () => undefined,
  );
  tell();
}
