import { chatBodySchema, imageBodySchema, videoBodySchema } from './index.js';
import type { z } from 'zod';
import { validationError } from './validation-error.js';

function problemOf(schema: z.ZodType, body: unknown): { message: string; param: string | null } {
  const parsed = schema.safeParse(body);
  if (parsed.success) throw new Error('expected the body to be refused');
  const { message, param } = validationError(parsed.error);
  return { message, param };
}

const user = { role: 'user', content: 'hi' };

describe('a validation error', () => {
  it.each<[string, z.ZodType, unknown, string | null, RegExp]>([
    [
      'a missing field',
      chatBodySchema,
      { messages: [user] },
      'model',
      /^model: Required field is missing: expected string$/,
    ],
    [
      'a missing list',
      chatBodySchema,
      { model: 'a/b' },
      'messages',
      /^messages: Required field is missing: expected array$/,
    ],
    ['an empty list', chatBodySchema, { model: 'a/b', messages: [] }, 'messages', /^messages: Too small/],
    [
      'a wrong type',
      chatBodySchema,
      { model: 7, messages: [user] },
      'model',
      /^model: .*expected string, received number$/,
    ],
    [
      'a wrong role',
      chatBodySchema,
      { model: 'a/b', messages: [{ role: 'robot' }] },
      'messages[0].role',
      /^messages\[0\]\.role: /,
    ],
    [
      'a part inside a message',
      chatBodySchema,
      { model: 'a/b', messages: [{ role: 'user', content: [{ text: 'x' }] }] },
      'messages[0].content[0].type',
      /Required field is missing: expected string$/,
    ],
    [
      'a union that nothing fits',
      chatBodySchema,
      { model: 'a/b', messages: [{ role: 'user', content: 5 }] },
      'messages[0].content',
      /expected string or array or null$/,
    ],
    [
      'a number out of range',
      chatBodySchema,
      { model: 'a/b', messages: [user], temperature: 3 },
      'temperature',
      /Too big/,
    ],
    ['a bad size', imageBodySchema, { model: 'm', prompt: 'p', size: 'big' }, 'size', /use WIDTHxHEIGHT or W:H/],
    [
      'a bad option',
      imageBodySchema,
      { model: 'm', prompt: 'p', response_format: 'png' },
      'response_format',
      /Invalid option/,
    ],
    [
      'seconds that are not a number',
      videoBodySchema,
      { model: 'm', prompt: 'p', seconds: 'long' },
      'seconds',
      /number of seconds/,
    ],
    ['more than one video', videoBodySchema, { model: 'm', prompt: 'p', n: 2 }, 'n', /n must be 1/],
    ['no object at all', chatBodySchema, 'hello', null, /^Invalid input: expected object, received string$/],
    ['null', chatBodySchema, null, null, /expected object, received null/],
  ])('names the field: %s', (_, schema, body, param, message) => {
    const problem = problemOf(schema, body);
    expect(problem.message).toMatch(message);
    expect(problem.param).toBe(param);
  });
});
