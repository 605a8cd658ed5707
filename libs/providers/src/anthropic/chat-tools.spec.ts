import { anthropicSchema } from './chat-tools.js';

describe('anthropicSchema', () => {
  it.each<[Record<string, unknown>, Record<string, unknown>]>([
    [
      { $schema: 'x', type: 'object', properties: { a: { type: 'object', properties: {} } } },
      {
        type: 'object',
        properties: { a: { type: 'object', properties: {}, additionalProperties: false } },
        additionalProperties: false,
      },
    ],
    [
      { type: 'integer', minimum: 1, maximum: 9, description: 'A digit' },
      { type: 'integer', description: 'A digit (minimum: 1, maximum: 9)' },
    ],
    [
      { type: 'string', maxLength: 5, format: 'date' },
      { type: 'string', format: 'date', description: '(maxLength: 5)' },
    ],
    [
      { type: 'array', minItems: 1, items: { const: 1 } },
      { type: 'array', minItems: 1, items: { const: 1 } },
    ],
    [
      { type: 'array', minItems: 3 },
      { type: 'array', description: '(minItems: 3)' },
    ],
    [
      { oneOf: [{ type: 'null' }, { type: 'string', pattern: 'a' }] },
      { anyOf: [{ type: 'null' }, { type: 'string', description: '(pattern: "a")' }] },
    ],
    [
      { $ref: '#/$defs/a', $defs: { a: { type: 'boolean' } } },
      { $ref: '#/$defs/a', $defs: { a: { type: 'boolean' } } },
    ],
  ])('reduces %j to what Anthropic accepts', (schema, made) => expect(anthropicSchema(schema)).toEqual(made));
});
