import { ManualClock } from '@lumenfall/testing';
import { gatewayConfiguration } from '../configuration.js';
import { AdminAccess } from './admin-access.js';

const TOKEN = 'a-token-of-the-operator-1';

describe('the access to the admin API', () => {
  let clock: ManualClock;
  let access: AdminAccess;
  beforeEach(() => {
    clock = new ManualClock();
    access = new AdminAccess(TOKEN, clock);
  });
  const errorOf = (header: string | undefined, address = '10.0.0.1') => {
    const checked = access.check(header, address);
    return checked.ok ? null : checked.error;
  };

  it.each([`Bearer ${TOKEN}`, `bearer   ${TOKEN}`, ` Bearer ${TOKEN} `])('is granted by %p', (header) => {
    expect(errorOf(header)).toBeNull();
  });

  it.each([
    [undefined, 'Send the header'],
    ['', 'Send the header'],
    [TOKEN, 'Send the header'],
    [`Basic ${TOKEN}`, 'Send the header'],
    [`Bearer ${TOKEN}x`, 'Invalid admin token'],
    [`Bearer ${TOKEN.slice(1)}`, 'Invalid admin token'],
    ['Bearer lmnfl_abc.secret', 'API key of an organization'],
  ])('is refused to %p with a reason', (header, reason) => {
    expect(errorOf(header)).toMatchObject({ code: 'AUTHENTICATION_FAILED', message: expect.stringContaining(reason) });
  });

  it('is refused for a minute to an address that sent ten wrong tokens, and to no other', async () => {
    for (let n = 0; n < 10; n += 1) expect(errorOf('Bearer wrong')?.code).toBe('AUTHENTICATION_FAILED');
    await clock.advance(20_000);
    expect(errorOf(`Bearer ${TOKEN}`)).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 40_000 });
    expect(errorOf(`Bearer ${TOKEN}`, '10.0.0.2')).toBeNull();
    await clock.advance(40_000);
    expect(errorOf(`Bearer ${TOKEN}`)).toBeNull();
  });
});

describe('ADMIN_TOKEN', () => {
  const problemOf = (ADMIN_TOKEN: string) =>
    gatewayConfiguration.safeParse({ ADMIN_TOKEN }).error?.issues.find(({ path }) => path[0] === 'ADMIN_TOKEN')
      ?.message;

  it.each(['secret', 'a token with blanks in it, long', `lmnfl_abc.${'x'.repeat(43)}`])('must not be %p', (token) => {
    expect(problemOf(token)).toContain('expected at least 24 printable characters');
  });

  it('may be what openssl prints', () => expect(problemOf('0123456789abcdef'.repeat(4))).toBeUndefined());
});
