// What a dashboard asks of the server (`POST /api/admin/steer`), each command once: data only. Pages send nothing else, and the
// server has a parser for each.

import type { SettingsChange } from '../settings/liveSettings.ts';

export type SteerCommand =
  /** No local step begins, or all go on. */
  | { readonly kind: 'pause'; readonly isPaused: boolean }
  /** That share of the connected devices becomes so many times slower; the others are as fast as they are. */
  | { readonly kind: 'slow'; readonly share: number; readonly factor: number }
  /** Other settings from now on. */
  | ({ readonly kind: 'settings' } & SettingsChange)
  /** Runs that take this one's place, and that of those side by side with it: the same anew, unless told otherwise. */
  | { readonly kind: 'begin'; readonly task?: string; readonly strategies?: readonly string[] }
  | { readonly kind: 'remove'; readonly deviceId: string }
  /** The device's budget narrows nobody, or may again. */
  | { readonly kind: 'exempt'; readonly deviceId: string; readonly isExempt: boolean }
  /** The run ends for good. */
  | { readonly kind: 'end' };

export type SteerKind = SteerCommand['kind'];
export type CommandOf<K extends SteerKind> = Extract<SteerCommand, { readonly kind: K }>;
