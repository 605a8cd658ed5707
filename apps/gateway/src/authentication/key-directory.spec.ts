import { createLogger } from '@lumenfall/service-kit';
import { createHash } from 'node:crypto';
import { KeyDirectory, type KeyRecord } from './key-directory.js';

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');
const rules = { allow: [], deny: ['fal/*'] };
const ofOrganization = { rules, mediaRetention: 'none' } as const;
const keys: Record<string, KeyRecord> = {
  live: { id: 'live', organizationId: 'org_1', secretHash: hashOf('s3cret'), status: 'active', ...ofOrganization },
  gone: { id: 'gone', organizationId: 'org_1', secretHash: hashOf('s3cret'), status: 'revoked', ...ofOrganization },
};
const log = createLogger('test', 'silent');

describe('the key directory', () => {
  const directory = new KeyDirectory(async (id) => keys[id] ?? null, log);

  it.each([
    ['Bearer lmnfl_live.s3cret', null],
    ['Bearer lmnfl_live.wrong', 'Invalid API key'],
    ['Bearer lmnfl_nobody.s3cret', 'Invalid API key'],
    ['Bearer lmnfl_gone.s3cret', 'This API key has been revoked. Create a new one'],
    ['Bearer lmnfl_gone.wrong', 'Invalid API key'],
  ])('%p: %p', async (header, message) => {
    const result = await directory.authenticate(header);
    expect(result.ok ? null : result.error.message).toBe(message);
    if (result.ok) expect(result.value).toEqual({ organizationId: 'org_1', keyId: 'live', ...ofOrganization });
  });

  it('answers a known key without a promise', async () => {
    await directory.authenticate('Bearer lmnfl_live.s3cret');
    expect(directory.authenticate('Bearer lmnfl_live.s3cret')).not.toBeInstanceOf(Promise);
  });

  it('says that it is overloaded, not that the key is wrong, while keys cannot be read', async () => {
    const blind = new KeyDirectory(() => Promise.reject(new Error('database away')), log);
    const result = await blind.authenticate('Bearer lmnfl_live.s3cret');
    expect(result.ok ? null : [result.error.code, result.error.message.includes('database')]).toEqual([
      'OVERLOADED',
      false,
    ]);
  });
});
