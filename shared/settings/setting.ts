// What is said once of each setting, and the two types that follow from a tree of them: what people write, where all is
// optional, and what the code reads, where all is there. Knows no setting.

import * as v from 'valibot';

/** A type with its bounds. `words` go behind "must be". */
export interface Kind<T, G = T> {
  readonly schema: v.GenericSchema<G, T>;
  readonly words: string;
}

export type Command = 'start' | 'simulate' | 'demo' | 'fleet';

/** How people write a setting, or a part of it: a flag of commands, and a field of a file. */
export interface Written<T, W> {
  /** Placeholder of the flag's value; '': the flag has none, and means `true`. */
  readonly value: string;
  /** Of the flag; default: the setting's. */
  readonly help?: string;
  /** Of the field. */
  readonly schema: v.GenericSchema<unknown, W>;
  /** Behind "must be", of the flag's text. */
  readonly words: string;
  /** The field of a flag's text. Throws RangeError where it is none. */
  readonly fromText: (text: string) => W;
  /** The setting with what is written. Throws RangeError. */
  apply(written: W, current: T): T;
  /** As it would be written; undefined: nobody would. */
  show(value: T): W | undefined;
  /** All that may be written, where that is few. */
  readonly choices?: readonly string[];
  /** Commands that do not have it. */
  readonly notIn?: readonly Command[];
  /** An older name of the flag, which still works. */
  readonly older?: { readonly flag: string; readonly fromText: (text: string) => W };
  /** On the desk's form; `most`: what nobody there means to go beyond. */
  readonly desk?: { readonly label: string; readonly most?: number };
}

export interface Setting<T, G = T, W = unknown> {
  readonly kind: Kind<T, G>;
  /** Where nobody says anything; undefined: the strategy's preset or the task says it. */
  readonly usual?: G;
  readonly usualWords?: string;
  readonly help: string;
  /** By name. */
  readonly written?: W;
}

/** As it is said, with the types that follow from it. */
export function setting<
  T,
  G,
  W extends { readonly [name: string]: Written<T, unknown> } = Record<never, never>,
>(said: Setting<T, G, W>): Setting<T, G, W> {
  return said;
}

/** What the code reads. */
export type Resolved<S> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T, infer _G, infer _W> ? T : Resolved<S[K]>;
};

/** Of what is kept or given as data: what is not there is as usual. */
export type Given<S> = {
  readonly [K in keyof S]?: S[K] extends Setting<infer _T, infer G, infer _W> ? G : Given<S[K]>;
};

type Leaf<S> = S extends Setting<infer _T, infer _G, infer _W> ? S : Leaf<S[keyof S]>;
type Union<S> = Leaf<S> extends infer L ? (L extends { readonly written?: infer W } ? W : never) : never;
type Both<U> = (U extends unknown ? (each: U) => void : never) extends (all: infer I) => void ? I : never;
type AllWritten<S> = Both<NonNullable<Union<S>>>;
type FieldOf<E> = E extends { readonly schema: v.GenericSchema<unknown, infer W> } ? W : never;

/** What people write, by the names of flags and fields. */
export type WrittenIn<S> = { readonly [N in keyof AllWritten<S>]?: FieldOf<AllWritten<S>[N]> | undefined };

export type SchemaFields<S> = {
  [N in keyof AllWritten<S>]: v.OptionalSchema<
    v.GenericSchema<unknown, FieldOf<AllWritten<S>[N]>>,
    undefined
  >;
};

export type AnySetting = Setting<unknown, unknown, { readonly [name: string]: AnyWritten }>;
export type AnyWritten = Written<unknown, unknown>;
export interface Tree {
  readonly [name: string]: Tree | AnySetting;
}

export function isSetting(node: Tree | AnySetting): node is AnySetting {
  return typeof (node as AnySetting).help === 'string';
}

export interface Leaves {
  readonly path: readonly string[];
  readonly setting: AnySetting;
}

/** All settings of a tree, in its order. */
export function settingsIn(tree: Tree, path: readonly string[] = []): Leaves[] {
  return Object.entries(tree).flatMap(([name, node]) =>
    isSetting(node) ? [{ path: [...path, name], setting: node }] : settingsIn(node, [...path, name]),
  );
}

/** All that may be written of a tree's settings, by name. */
export function writtenIn(tree: Tree): (Leaves & { readonly name: string; readonly written: AnyWritten })[] {
  return settingsIn(tree).flatMap((leaf) =>
    Object.entries(leaf.setting.written ?? {}).map(([name, written]) => ({ ...leaf, name, written })),
  );
}

/** The fields of a file's schema, each optional. */
export function schemaFieldsOf<S extends object>(tree: S): SchemaFields<S> {
  const entries = writtenIn(tree as unknown as Tree).map(({ name, written }) => [
    name,
    v.optional(written.schema),
  ]);
  return Object.fromEntries(entries) as SchemaFields<S>;
}

export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], value);
}

/** A copy with another value at the path. */
export function withValueAt<T>(whole: T, [name, ...rest]: readonly string[], value: unknown): T {
  if (name === undefined) return value as T;
  return { ...whole, [name]: withValueAt((whole as Record<string, unknown>)[name], rest, value) };
}

/** The tree's settings with what is written, in the tree's order; what is not named stays. Throws RangeError. */
export function applyWritten<T>(tree: Tree, settings: T, written: object): T {
  let applied = settings;
  for (const { path, name, written: entry } of writtenIn(tree)) {
    const field = (written as Record<string, unknown>)[name];
    if (field !== undefined) applied = withValueAt(applied, path, entry.apply(field, valueAt(applied, path)));
  }
  return applied;
}

/**
 * All that the tree has: what is given, in its present form, else what is usual. What cannot be read is left as it is: `expectSettings`
 * names it.
 */
export function resolve<S extends object>(tree: S, given: Given<S>): Resolved<S> {
  const entries = Object.entries(tree as unknown as Tree).map(([name, node]) => {
    const value = (given as Record<string, unknown>)[name];
    if (!isSetting(node)) return [name, resolve(node, (value ?? {}) as object)];
    const parsed = v.safeParse(node.kind.schema, value ?? node.usual);
    return [name, parsed.success ? parsed.output : value];
  });
  return Object.fromEntries(entries) as Resolved<S>;
}

/** Throws RangeError naming the first setting that its kind does not allow. */
export function expectSettings(tree: Tree, settings: object): void {
  for (const { path, setting } of settingsIn(tree)) {
    const value = valueAt(settings, path);
    const { success, issues } = v.safeParse(setting.kind.schema, value);
    if (success) continue;
    const inside = v.getDotPath(issues[0]);
    const place = [...path, ...(inside ? [inside] : [])].join('.');
    const words = inside ? issues[0].message : `must be ${setting.kind.words}`;
    throw new RangeError(`${place} ${words}, got ${inside ? issues[0].received : String(value)}`);
  }
}
