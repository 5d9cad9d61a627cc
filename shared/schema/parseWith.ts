// Checks data from outside against a schema. Says where it is wrong in one sentence.

import * as v from 'valibot';
import { fieldSuggestion, firstToMend } from './fieldSuggestion.ts';

/** The checked value. Throws TypeError naming the first field that is wrong, what it must be, and what came. */
export function parseWith<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  what: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = firstToMend(result.issues);
  const path = v.getDotPath(issue);
  const place = path ? `${what}.${path}` : what;
  if (issue.expected === 'never')
    throw new TypeError(`${place}: there is no such field${fieldSuggestion(schema, issue)}`);
  if (issue.type === 'strict_object' && issue.received === 'undefined' && issue.expected?.startsWith('"'))
    throw new TypeError(`${place}: this field must be there`);
  throw new TypeError(`${place}: ${issue.message} (got ${issue.received})`);
}
