import * as fc from 'fast-check';
import { MAX_DEPTH, MAX_FIELDS, parseJsonBody } from './json-body.js';

const read = (text: string): unknown => {
  const result = parseJsonBody(Buffer.from(text));
  return result.ok ? result.value : result.error.message;
};

describe('a JSON body', () => {
  it.each([
    ['{"a":[1,"x",null]}', { a: [1, 'x', null] }],
    ['\uFEFF{"a":1}', { a: 1 }],
    ['"text"', 'text'],
    [String.raw`{"a":"\u0000x","b":["\ud83d\ude00","\ud83d"]}`, { a: '\uFFFDx', b: ['😀', '\uFFFD'] }],
    [String.raw`{"k\u0000":1}`, { 'k\uFFFD': 1 }],
  ])('%s is read', (text, value) => expect(read(text)).toEqual(value));

  it.each([
    ['', 'The request body is empty: expected a JSON object'],
    ['  \n', 'The request body is empty: expected a JSON object'],
    ['{"a":1', 'The request body is not valid JSON'],
    ['{"secret": nope}', 'The request body is not valid JSON'],
    ['{"a":{"__proto__":{"x":1}}}', 'The request body has a field named "__proto__", which is not allowed'],
    [
      '{"model":{"length":{"toString":1}}}',
      'The request body has a field "length" that is neither a number nor a text',
    ],
    [
      '{"stop":{"length":[{"toString":1}]}}',
      'The request body has a field "length" that is neither a number nor a text',
    ],
    [
      `{"a":{${Array.from({ length: MAX_FIELDS + 1 }, (_, index) => `"${index}":1`).join(',')}}}`,
      `The request body has an object of more than ${MAX_FIELDS} fields`,
    ],
    ['[['.repeat(MAX_DEPTH) + ']]'.repeat(MAX_DEPTH), `The request body is nested deeper than ${MAX_DEPTH} levels`],
    ['{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000), `The request body is nested deeper than ${MAX_DEPTH} levels`],
  ])('%.40s is refused', (text, message) => expect(read(text)).toContain(message));

  it('does not repeat the body in the message', () => expect(read('{"secret": nope}')).not.toContain('secret'));

  it('is never the cause of an exception', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parseJsonBody(Buffer.from(bytes))));
    fc.assert(
      fc.property(fc.json(), (text) => {
        const parsed = JSON.parse(text) as unknown;
        const result = parseJsonBody(Buffer.from(text));
        if (result.ok && !text.includes('\\u')) expect(result.value).toEqual(parsed);
      }),
    );
  });
});
