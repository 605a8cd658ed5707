import { openClient } from '@lumenfall/database';
import { eventually, toMicros } from './account.js';
import { lumenfall } from './command-line.js';
import { onOwnStacks } from './stacks.js';

interface Entry {
  type: string;
  amount: number;
}

onOwnStacks((stack) => {
  /** Runs the operator's command line, which must succeed, and reads its JSON. */
  const run = <T>(...args: string[]): T => {
    const { code, out, err } = lumenfall(stack, ...args, '--json');
    if (code !== 0) throw new Error(`lumenfall ${args.join(' ')}: ${code} ${err}`);
    return JSON.parse(out) as T;
  };

  describe('an organization with one cent', () => {
    it('cannot overspend it by 50 images at once, and its ledger adds up', async () => {
      const slug = `cent-${Date.now()}`;
      run('orgs', 'create', 'One Cent', '--slug', slug);
      run('credits', 'add', '0.01', '--org', slug, '--reference', 'first-cent');
      run('credits', 'add', '0.01', '--org', slug, '--reference', 'first-cent');
      const { key } = run<{ key: string }>('keys', 'create', '--org', slug, '--name', 'e2e');
      const customer = stack.as(key);

      // About 0.003 USD each: three of them fit.
      const body = { model: 'flux.1-schnell', prompt: 'A lighthouse' };
      const answers = await Promise.all(
        Array.from({ length: 50 }, () => customer.request('/openai/v1/images/generations', { method: 'POST', body })),
      );
      const refused = answers.filter(({ status }) => status === 402);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 402]));
      expect(await refused[0]?.json()).toMatchObject({
        error: {
          code: 'INSUFFICIENT_BALANCE',
          message: expect.stringMatching(/^Insufficient balance: \$0\.\d+ required, \$0\.\d+ available/),
        },
      });

      const entries = async () => (await customer.get<{ data: Entry[] }>('/v1/ledger?limit=100')).data;
      const all = await eventually(entries, (found) => found.length === 51 - refused.length);
      const sum = all.reduce((total, { amount }) => total + toMicros(amount), 0);
      const shown = run<{ balance: number; held: number }>('orgs', 'show', slug);
      expect(toMicros(shown.balance)).toBe(sum);
      expect(sum).toBeGreaterThanOrEqual(0);
      expect(all.filter(({ type }) => type === 'top_up')).toHaveLength(1);
      expect(run<{ found: number }>('audit', '--org', slug).found).toBe(0);

      const { code, out } = await withPlantedMicro(slug, () => lumenfall(stack, 'audit', '--org', slug));
      expect([code, out]).toEqual([1, expect.stringMatching(/^balance: /)]);
    });
  });

  /** A superuser adds one micro to a balance, past the triggers, and takes it back. */
  async function withPlantedMicro<T>(slug: string, work: () => T): Promise<T> {
    const client = openClient(stack.own().databaseUrl, { maxConnections: 1 });
    const plant = (amount: number) => client.$executeRaw`
      UPDATE accounts SET balance_micros = balance_micros + ${amount}
      WHERE organization_id = (SELECT id FROM organizations WHERE slug = ${slug})`;
    try {
      await client.$executeRaw`ALTER TABLE accounts DISABLE TRIGGER accounts_balance_only_by_entries`;
      await plant(1);
      return work();
    } finally {
      await plant(-1);
      await client.$executeRaw`ALTER TABLE accounts ENABLE TRIGGER accounts_balance_only_by_entries`;
      await client.$disconnect();
    }
  }
});
