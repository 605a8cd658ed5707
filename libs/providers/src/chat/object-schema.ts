import { isRecord } from '../json/fields.js';

/**
 * A JSON schema for an object, as clients send it: `type` and `properties` are added to a schema without them (`{}`),
 * and keywords that are null (`required: null`) are removed, because providers refuse both.
 */
export function objectSchema(schema: Record<string, unknown>): Record<string, unknown> {
  const given = withoutNulls(schema);
  if (given['type'] !== undefined) return given;
  const isCombined = ['$ref', 'anyOf', 'oneOf', 'allOf'].some((name) => given[name] !== undefined);
  return { type: 'object', ...given, ...(isCombined ? {} : { properties: given['properties'] ?? {} }) };
}

/** Keywords whose value may be null, or is data and not a schema. */
const DATA = new Set(['const', 'default', 'enum', 'examples', 'example']);

function withoutNulls(schema: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(schema).flatMap(([name, value]): [string, unknown][] => {
      if (DATA.has(name)) return [[name, value]];
      if (value === null) return [];
      if (Array.isArray(value)) return [[name, value.map((one) => (isRecord(one) ? withoutNulls(one) : one))]];
      return [[name, isRecord(value) ? withoutNulls(value) : value]];
    }),
  );
}
