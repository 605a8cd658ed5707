import { newFileName, parseFileName } from './file-name.js';

describe('the name of a stored file', () => {
  it('carries expiry and extension and is unique', () => {
    const names = Array.from({ length: 500 }, () => newFileName({ expiresAt: 1_800_000_000_000, extension: 'png' }));
    expect(new Set(names).size).toBe(500);
    for (const name of names) expect(parseFileName(name)).toEqual({ expiresAt: 1_800_000_000_000, extension: 'png' });
  });

  it('has at least 128 random bits', () => {
    const random = newFileName({ expiresAt: 1, extension: 'png' }).replace(/^1-|\.png$/g, '');
    expect(random.length * Math.log2(62)).toBeGreaterThanOrEqual(128);
  });

  it.each([
    '../../etc/passwd',
    '/etc/passwd',
    '..',
    '',
    'mabc-0123456789012345678901.png/../../x',
    'mabc-0123456789012345678901.png\0',
    'mabc-0123456789012345678901.png\n',
    'mabc-012345678901234567890/.png',
    'mabc-0123456789012345678901',
    'MABC-0123456789012345678901.png',
    'zzzzzzzzzzzz-0123456789012345678901.png',
    'a.part',
  ])('is rejected if it is %j', (name) => {
    expect(parseFileName(name)).toBeNull();
  });

  it('rejects an extension that could leave the folder', () => {
    expect(() => newFileName({ expiresAt: 1, extension: '/../x' })).toThrow(RangeError);
  });
});
