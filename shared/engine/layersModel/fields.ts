// JSON of unknown origin, read field by field: every error names the field, what was expected and what came.
// Knows nothing of models.

/** A JSON object; `prefix` stands before a field's name in errors (`modelTopology.`, `layer "conv1" (Conv2D): `). */
export interface Fields {
  readonly prefix: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** The object as fields; `path` names it in errors, `prefix` its fields. */
export function fieldsOf(value: unknown, path: string, prefix = `${path}.`): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw expected(path, 'an object', value);
  return { prefix, values: value as Record<string, unknown> };
}

/** A field that holds an object. */
export function objectField(fields: Fields, key: string): Fields {
  return fieldsOf(fields.values[key], fields.prefix + key);
}

/** A field that holds a list; with a fallback, it may be missing. */
export function listField(fields: Fields, key: string, fallback?: readonly unknown[]): readonly unknown[] {
  const value = fields.values[key] ?? fallback;
  return listOf(value, fields.prefix + key);
}

/** The list itself, or RangeError. */
export function listOf(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw expected(path, 'a list', value);
  return value;
}

/** A field that holds a text; with a fallback, it may be missing. */
export function textField(fields: Fields, key: string, fallback?: string): string {
  const value = fields.values[key] ?? fallback;
  if (typeof value !== 'string') throw expected(fields.prefix + key, 'a text', value);
  return value;
}

/** A field that holds a finite number; with a fallback, it may be missing. */
export function numberField(fields: Fields, key: string, fallback?: number): number {
  const value = fields.values[key] ?? fallback;
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw expected(fields.prefix + key, 'a finite number', value);
  return value;
}

/** A field that holds an integer >= 1; with a fallback, it may be missing. */
export function countField(fields: Fields, key: string, fallback?: number): number {
  const value = fields.values[key] ?? fallback;
  if (!isCount(value)) throw expected(fields.prefix + key, 'an integer >= 1', value);
  return value;
}

/** A field that holds true or false, or is missing. */
export function flagField(fields: Fields, key: string, fallback: boolean): boolean {
  const value = fields.values[key] ?? fallback;
  if (typeof value !== 'boolean') throw expected(fields.prefix + key, 'true or false', value);
  return value;
}

export function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1;
}

/** The error of a value that is not what its place takes. */
export function expected(path: string, what: string, value: unknown): RangeError {
  return new RangeError(`${path} must be ${what}, got ${describe(value)}`);
}

const LONGEST = 80;

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;
}
