// What a run waits for: data only. Told in `/api/status`, in the dashboards' feed and to devices; each says it in its own words.

/** What the search for a better scheme is doing. */
export interface SearchStatus {
  /** `probing`: devices tell what each part of the model gains; `measuring`: the server does, on its public set. */
  readonly doing: 'probing' | 'measuring' | 'searching';
  /** Probes, else percent. */
  readonly done: number;
  readonly of: number;
}

export type Waiting =
  /** Whoever runs it has paused all devices. */
  | { readonly kind: 'paused' }
  /** No device is here; so many are asleep (their connection is gone, their place is kept). */
  | { readonly kind: 'anyone'; readonly asleep: number }
  /** A cohort that begins when `of` devices are here. */
  | { readonly kind: 'devices'; readonly here: number; readonly of: number }
  /** Enough devices are here, but of those `idle` that do not ask for work so many more have to: they are paused, or loading. */
  | { readonly kind: 'ready'; readonly more: number; readonly idle: number }
  /** A cohort of `of` devices is at work: so many have yet to answer, of which some are asleep. */
  | { readonly kind: 'answers'; readonly out: number; readonly asleep: number; readonly of: number }
  /** All who have work are asleep. */
  | { readonly kind: 'sleepers'; readonly asleep: number }
  /** As many assignments as may be are out; others wait for one. */
  | { readonly kind: 'slots'; readonly of: number }
  /** Devices whose update is in the buffer wait for the step. */
  | { readonly kind: 'updates'; readonly buffered: number; readonly of: number }
  /** The last so many pieces of local work, of all devices, diverged. */
  | { readonly kind: 'divergence'; readonly inARow: number; readonly learningRate: number }
  /** For a better part of the model to train; meanwhile devices train, or probe. */
  | ({ readonly kind: 'search' } & SearchStatus);
