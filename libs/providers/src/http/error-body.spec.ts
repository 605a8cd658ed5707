import { holdsError, readErrorBody } from './error-body.js';

describe('readErrorBody', () => {
  it.each<[unknown, string | null]>([
    [{ error: { message: 'too long', type: 'invalid_request_error' } }, 'too long'],
    [[{ error: { code: 400, message: 'Unknown name "x"', status: 'INVALID_ARGUMENT' } }], 'Unknown name "x"'],
    [{ error: 'out of memory' }, 'out of memory'],
    [{ error: { error: 'model not found' } }, 'model not found'],
    [{ message: 'no such route' }, 'no such route'],
    [{ message: { text: 'x', message: 'inner' } }, 'inner'],
    [{ message: [{ msg: 'first' }, { msg: 'second' }] }, 'first; second'],
    [{ detail: 'Not Found' }, 'Not Found'],
    [
      { detail: [{ loc: ['body', 'duration'], msg: "Input should be '5'", type: 'enum' }] },
      "duration: Input should be '5'",
    ],
    [{ detail: { message: 'busy' } }, 'busy'],
    [{ errors: [{ code: 'invalidSize', message: 'width is wrong' }] }, 'width is wrong'],
    [{ errors: ['a is wrong', 'b is wrong'] }, 'a is wrong; b is wrong'],
    [
      { errors: [{ field: 'input.size', description: 'is unknown' }], title: 'Input validation failed' },
      'input.size: is unknown',
    ],
    [{ title: 'Unauthenticated', detail: 'No token', status: 401 }, 'No token'],
    [{ title: 'Insufficient credit' }, 'Insufficient credit'],
    [{ error: 'invalid_grant', error_description: 'Token has expired' }, 'invalid_grant'],
    [{ error: { message: '{"error":{"message":"the true reason","code":"content_filter"}}' } }, 'the true reason'],
    [{ error: { message: '', details: [{ message: 'the details' }] } }, 'the details'],
    [{ fault: { faultstring: 'Rate limit quota violation' } }, 'Rate limit quota violation'],
    ['upstream timed out', 'upstream timed out'],
    ['', null],
    [{}, null],
    [{ error: {} }, null],
    [null, null],
    [[], null],
    [42, null],
  ])('finds the sentence of %j', (body, message) => expect(readErrorBody(body).message).toBe(message));

  it.each<[unknown, string[], number | null]>([
    [
      { error: { type: 'invalid_request_error', code: 'content_policy_violation' } },
      ['content_policy_violation', 'invalid_request_error'],
      null,
    ],
    [{ error: { code: 429, status: 'RESOURCE_EXHAUSTED' } }, ['RESOURCE_EXHAUSTED'], 429],
    [{ code: 'outer', error: { code: 'inner' } }, ['inner', 'outer'], null],
    [{ error: { code: '503' } }, ['503'], 503],
    [{ status: 200 }, [], null],
  ])('finds the codes of %j', (body, codes, status) => expect(readErrorBody(body)).toMatchObject({ codes, status }));

  it('ends at a depth that no server reaches', () => {
    let body: unknown = { message: 'deep' };
    for (let depth = 0; depth < 50; depth += 1) body = { error: body };
    expect(readErrorBody(body).message).toBeNull();
  });
});

describe('holdsError', () => {
  it.each<[unknown, boolean]>([
    [{ error: { message: 'no' } }, true],
    [{ error: 'no' }, true],
    [{ errors: [{ code: 'x' }] }, true],
    [[{ error: { message: 'no' } }], true],
    [{ error: {} }, false],
    [{ error: null, data: [] }, false],
    [{ error: { message: null, code: '' } }, false],
    [{ error: { message: '', code: 0 } }, false],
    [{ error: { code: 500 } }, true],
    [{ errors: [] }, false],
    [{ data: [] }, false],
    [[], false],
    ['error', false],
  ])('of %j is %s', (body, expected) => expect(holdsError(body)).toBe(expected));
});
