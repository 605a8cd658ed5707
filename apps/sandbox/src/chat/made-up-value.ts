const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const DEEPEST = 8;

/** A value that fits a JSON schema, as a model would make one up: plain, the same every time. */
export function madeUpValue(schema: unknown, depth = 0): unknown {
  if (!isRecord(schema) || depth > DEEPEST) return 'sandbox';
  if ('const' in schema) return schema.const;
  if ('default' in schema) return schema.default;
  if (Array.isArray(schema.enum) && schema.enum.length > 0) return schema.enum[0];
  for (const choice of [schema.anyOf, schema.oneOf]) {
    if (Array.isArray(choice) && choice.length > 0) return madeUpValue(choice[0], depth + 1);
  }
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'integer':
    case 'number':
      return typeof schema.minimum === 'number' ? schema.minimum : 1;
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'array':
      return [madeUpValue(schema.items, depth + 1)];
    case 'string':
      return 'sandbox';
    default:
      return madeUpObject(schema, depth);
  }
}

/** The required properties; all of them where none is said to be. */
function madeUpObject(schema: Record<string, unknown>, depth: number): Record<string, unknown> {
  const properties = isRecord(schema.properties) ? schema.properties : {};
  const names = Array.isArray(schema.required) ? schema.required.filter(isText) : Object.keys(properties);
  return Object.fromEntries(names.map((name) => [name, madeUpValue(properties[name], depth + 1)]));
}

const isText = (value: unknown): value is string => typeof value === 'string';
