import { hashSecret, mintKey, readKey } from './key-secret.js';

describe('API key secrets', () => {
  it('consist of an id and a secret that is returned as a hash', () => {
    const { key, id, secretHash, lastFour } = mintKey();
    const [, keyId, secret = ''] = /^lmnfl_([^.]+)\.(.+)$/.exec(key) ?? [];
    expect(keyId).toBe(id);
    expect(secret).toMatch(/^[0-9A-Za-z]{43}$/);
    expect(secretHash).toBe(hashSecret(secret));
    expect(secretHash).toMatch(/^[0-9a-f]{64}$/);
    expect(secret.endsWith(lastFour)).toBe(true);
  });

  it('are never minted twice', () => {
    expect(new Set(Array.from({ length: 1000 }, () => mintKey().secretHash)).size).toBe(1000);
  });

  it('are parsed to the key that was minted', () => {
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
