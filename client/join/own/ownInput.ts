// What the ways of giving data have in common: what they are handed, and what the section asks of them. Types only.

import type { TaskInfo } from '../../../shared/contract/messages.ts';
import type { OwnSamples } from '../../device/ownData.ts';
import type { TileUse } from './classTiles.ts';
import type { Sample } from './guesser.ts';
import type { OwnWords } from './ownWords.ts';

export interface InputHost {
  readonly task: TaskInfo;
  /** Names of the classes in the person's language. */
  readonly classNames: readonly string[];
  readonly words: OwnWords;
  /** False where they could not be added, which the person has been told by then. */
  add(samples: OwnSamples): Promise<boolean>;
  /** What do the models say of this one? Null: of nothing. */
  guess(sample: Sample | null): void;
  /** Shown and read out, until the next. */
  say(text: string): void;
  /** What went wrong, line by line. */
  complain(...lines: readonly string[]): void;
  /** The class chosen among the tiles, -1 for none. */
  chosenClass(): number;
}

export interface OwnInput {
  readonly tileUse: TileUse;
  readonly element: HTMLElement;
  /** The sample at hand as the model sees it. */
  readonly seen?: HTMLElement;
  /** A tile was pressed. */
  pressed(label: number): void;
  /** The section goes: sensors and timers are let go. */
  close(): void;
}
