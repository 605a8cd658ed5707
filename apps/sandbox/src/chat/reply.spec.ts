import { madeUpValue } from './reply.js';

describe('a made-up value for a tool or a JSON answer', () => {
  it.each([
    [{ type: 'string' }, 'sandbox'],
    [{ type: 'string', enum: ['celsius', 'kelvin'] }, 'celsius'],
    [{ type: 'integer', minimum: 3 }, 3],
    [{ type: ['number', 'null'] }, 1],
    [{ type: 'boolean' }, true],
    [{ type: 'null' }, null],
    [{ const: 7 }, 7],
    [{ anyOf: [{ type: 'integer' }, { type: 'null' }] }, 1],
    [{ type: 'array', items: { type: 'string' } }, ['sandbox']],
    [
      { type: 'object', properties: { city: { type: 'string' }, days: { type: 'integer' } }, required: ['city'] },
      { city: 'sandbox' },
    ],
    [{ properties: { deep: { type: 'object', properties: { on: { type: 'boolean' } } } } }, { deep: { on: true } }],
    [undefined, 'sandbox'],
    [{}, {}],
  ])('fits the schema %j', (schema, value) => {
    expect(madeUpValue(schema)).toEqual(value);
  });

  it('is finite for a schema that contains itself', () => {
    const schema: Record<string, unknown> = { type: 'array' };
    schema.items = schema;
    expect(JSON.stringify(madeUpValue(schema))).toBe('[[[[[[[[["sandbox"]]]]]]]]]');
  });
});
