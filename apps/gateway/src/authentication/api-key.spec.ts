import { createHash } from 'node:crypto';
import { readAuthorization, secretMatches } from './key-directory.js';

describe('the Authorization header', () => {
  it.each([
    ['Bearer lmnfl_abc.xyz', { keyId: 'abc', secret: 'xyz' }],
    ['bearer   lmnfl_abc.xyz', { keyId: 'abc', secret: 'xyz' }],
    ['Bearer lmnfl_test_abc123.x.y.z', { keyId: 'test_abc123', secret: 'x.y.z' }],
  ])('%p is a key', (header, key) => expect(readAuthorization(header)).toEqual({ ok: true, value: key }));

  it.each([
    [undefined, 'No API key was sent'],
    ['', 'No API key was sent'],
    ['Basic dXNlcjpwYXNz', 'Bearer scheme'],
    ['lmnfl_abc.xyz', 'Bearer scheme'],
    ['Bearer', 'has no key after'],
    ['Bearer sk-123', 'must start with lmnfl_'],
    ['Bearer lmnfl_abc', 'expected lmnfl_<key_id>.<secret>'],
    ['Bearer lmnfl_.xyz', 'expected lmnfl_<key_id>.<secret>'],
    ['Bearer lmnfl_abc.', 'expected lmnfl_<key_id>.<secret>'],
    ['Bearer lmnfl_a\u0000b.xyz', 'expected lmnfl_<key_id>.<secret>'],
    [`Bearer lmnfl_${'a'.repeat(65)}.x`, 'expected lmnfl_<key_id>.<secret>'],
  ])('%p is refused with a reason', (header, reason) => {
    const read = readAuthorization(header);
    expect(read.ok ? '' : read.error.message).toContain(reason);
    expect(read.ok ? '' : read.error.code).toBe('AUTHENTICATION_FAILED');
  });
});

it('a secret matches only its own hash', () => {
  const hash = createHash('sha256').update('right').digest('hex');
  expect([
    secretMatches('right', hash),
    secretMatches('wrong', hash),
    secretMatches('right', ''),
    secretMatches('right', 'zz'),
  ]).toEqual([true, false, false, false]);
});
