// Checks data from outside against a schema. Says where it is wrong in one sentence.

import * as v from 'valibot';

/** The checked value. Throws TypeError naming the first field that is wrong, what it must be, and what came. */
export function parseWith<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  what: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  throw new TypeError(`${path ? `${what}.${path}` : what}: ${issue.message} (got ${issue.received})`);
}
