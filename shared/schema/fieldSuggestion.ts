// What was meant by a field that a schema does not have.

import type * as v from 'valibot';
import { suggestion } from './didYouMean.ts';

/** The first issue, but for a field that is not known: another may be missing because this one is misspelt. */
export function firstToMend<T extends v.BaseIssue<unknown>>(issues: readonly [T, ...T[]]): T {
  return issues.find(({ expected }) => expected === 'never') ?? issues[0];
}

/** To be put behind "there is no such field": the nearest name of those that the schema has at the issue's place, or all of them. */
export function fieldSuggestion(schema: v.GenericSchema, { path }: v.BaseIssue<unknown>): string {
  const keys = (path ?? []).map(({ key }) => key);
  return suggestion(String(keys.at(-1)), fieldsAt(schema, keys.slice(0, -1)));
}

/** A schema as far as its fields are to be found. */
interface Walkable {
  readonly wrapped?: Walkable;
  readonly item?: Walkable;
  readonly entries?: Readonly<Record<string, Walkable>>;
  readonly options?: readonly Walkable[];
}

/** Names of the fields that the schema has at a place. */
function fieldsAt(schema: v.GenericSchema, keys: readonly unknown[]): string[] {
  const found = keys.reduce<readonly Walkable[]>(
    (schemas, key) =>
      schemas.flatMap((each) => each.item ?? each.entries?.[String(key)] ?? []).flatMap(unwrap),
    unwrap(schema as Walkable),
  );
  return [...new Set(found.flatMap(({ entries }) => Object.keys(entries ?? {})))];
}

function unwrap(schema: Walkable): readonly Walkable[] {
  if (schema.wrapped) return unwrap(schema.wrapped);
  return schema.options ? schema.options.flatMap(unwrap) : [schema];
}
