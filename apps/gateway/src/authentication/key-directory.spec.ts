import { createLogger } from '@lumenfall/service-kit';
import { ManualClock, settled } from '@lumenfall/testing';
import { createHash } from 'node:crypto';
import { KeyDirectory, type KeyRecord } from './key-directory.js';
import { KeyUses } from './key-uses.js';

const clock = new ManualClock(Date.parse('2026-11-25T12:00:00.000Z'));
const ofOrganization = {
  rules: { allow: [], deny: ['fal/*'] },
  mediaRetention: 'none' as const,
  marginPercent: '12.5',
  payloadRetention: 'none' as const,
};
const record = (id: string, changes: Partial<KeyRecord> = {}): [string, KeyRecord] => [
  id,
  {
    id,
    organizationId: 'org_1',
    secretHash: createHash('sha256').update('s3cret').digest('hex'),
    status: 'active',
    expiresAt: null,
    limits: {},
    organizationLimits: {},
    ...ofOrganization,
    ...changes,
  },
];
const keys = new Map([
  record('live'),
  record('revoked', { status: 'revoked' }),
  record('expiring', { expiresAt: new Date(clock.now() + 1_000) }),
  record('unreadable', { limits: null }),
  record('unreadable-too', { organizationLimits: null }),
]);
const log = createLogger('test', 'silent');
const HOW = 'Create a new one with: npm run lumenfall -- keys create --org org_1 --name NAME, or ask your operator';

describe('the key directory', () => {
  const used: string[] = [];
  const uses = { mark: (id: string) => void used.push(id) };
  const directory = new KeyDirectory({ keys: { get: (id) => keys.get(id) ?? null }, uses, clock, log });
  const messageOf = async (header: string): Promise<string | null> => {
    const result = await directory.authenticate(header);
    if (result.ok) expect(result.value).toMatchObject({ organizationId: 'org_1', ...ofOrganization });
    return result.ok ? null : result.error.message;
  };

  it.each([
    ['Bearer lmnfl_live.s3cret', null],
    ['Bearer lmnfl_live.wrong', 'Invalid API key'],
    ['Bearer lmnfl_nobody.s3cret', 'Invalid API key'],
    ['Bearer lmnfl_revoked.s3cret', `This API key was revoked. ${HOW}`],
    ['Bearer lmnfl_revoked.wrong', 'Invalid API key'],
    ['Bearer lmnfl_expiring.wrong', 'Invalid API key'],
  ])('%p: %p', async (header, message) => expect(await messageOf(header)).toBe(message));

  it('refuses a cached key from the moment of its expiry, and says how to get a new one', async () => {
    expect(await messageOf('Bearer lmnfl_expiring.s3cret')).toBeNull();
    await clock.advance(999);
    expect(await messageOf('Bearer lmnfl_expiring.s3cret')).toBeNull();
    await clock.advance(1);
    expect(await messageOf('Bearer lmnfl_expiring.s3cret')).toBe(
      `This API key expired at 2026-11-25T12:00:01.000Z. ${HOW}`,
    );
  });

  it.each(['unreadable', 'unreadable-too'])('refuses a key whose limits cannot be read: %s', async (id) => {
    const result = await directory.authenticate(`Bearer lmnfl_${id}.s3cret`);
    expect(result.ok ? null : result.error.code).toBe('INTERNAL_ERROR');
  });

  it('answers a cached key without a promise', () => {
    expect(directory.authenticate('Bearer lmnfl_live.s3cret')).not.toBeInstanceOf(Promise);
  });

  it('marks only keys that were accepted as used', async () => {
    used.length = 0;
    for (const key of ['live.s3cret', 'live.wrong', 'revoked.s3cret'])
      await directory.authenticate(`Bearer lmnfl_${key}`);
    expect(used).toEqual(['live']);
  });

  it('says that it is overloaded, not that the key is wrong, while keys cannot be read', async () => {
    const get = () => Promise.reject(new Error('database away'));
    const blind = new KeyDirectory({ keys: { get }, uses, clock, log });
    const result = await blind.authenticate('Bearer lmnfl_live.s3cret');
    expect(result.ok ? null : [result.error.code, result.error.message.includes('database')]).toEqual([
      'OVERLOADED',
      false,
    ]);
  });
});

it('the last use of a key is stored once a minute, of all keys of a second together', async () => {
  const manual = new ManualClock();
  const stored: string[][] = [];
  const uses = new KeyUses(
    async (ids) => void stored.push([...ids]),
    () => undefined,
    manual,
  );
  for (let second = 0; second < 90; second += 1) {
    for (const id of ['a', 'b']) uses.mark(id);
    await manual.advance(1_000);
  }
  await settled();
  expect(stored).toEqual([
    ['a', 'b'],
    ['a', 'b'],
  ]);
});
