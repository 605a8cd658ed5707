import { hashSecret, mintKey, readKey } from './key-secret.js';

describe('an API key', () => {
  it('is an id and a secret, of which only a hash is kept', () => {
    const { key, id, secretHash, lastFour } = mintKey();
    const [, keyId, secret = ''] = /^lmnfl_([^.]+)\.(.+)$/.exec(key) ?? [];
    expect(keyId).toBe(id);
    expect(secret).toMatch(/^[0-9A-Za-z]{43}$/);
    expect(secretHash).toBe(hashSecret(secret));
    expect(secretHash).toMatch(/^[0-9a-f]{64}$/);
    expect(secret.endsWith(lastFour)).toBe(true);
  });

  it('is never made twice', () => {
    expect(new Set(Array.from({ length: 1000 }, () => mintKey().secretHash)).size).toBe(1000);
  });

  it('reads back as what it was', () => {
    const minted = mintKey();
    expect(readKey(minted.key)).toEqual(minted);
  });

  it.each([
    '',
    'lmnfl_',
    'lmnfl_id',
    'lmnfl_id.',
    'lmnfl_id.short',
    'sk-id.' + 'x'.repeat(43),
    'lmnfl_id.' + 'ü'.repeat(43),
  ])('is not %j', (text) => expect(readKey(text)).toBeNull());
});
