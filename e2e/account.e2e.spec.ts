import type { LedgerEntryView } from '../libs/contracts/src/ledger-view.js';
import type { NativeList } from '../libs/contracts/src/public-answers.js';
import type { UsageReport } from '../libs/contracts/src/usage-report.js';
import { allRequests, endedRequest, eventually, toMicros } from './account.js';
import { onEveryStack, type Stack } from './stacks.js';

interface Model {
  id: string;
  object: string;
  modality: string;
}

async function allEntries(stack: Stack, filter = ''): Promise<LedgerEntryView[]> {
  const found: LedgerEntryView[] = [];
  let page: string | null = `/v1/ledger?limit=100&${filter}`;
  while (page !== null) {
    const list: NativeList<LedgerEntryView> = await stack.get(page);
    found.push(...list.data);
    page = list.next_page_url;
  }
  return found;
}

/** In micros, without what is held. */
async function ledgerBalance(stack: Stack): Promise<number> {
  return toMicros((await stack.get<{ balance: { amount: number } }>('/v1/balance')).balance.amount);
}

onEveryStack((stack) => {
  describe('the models', () => {
    it('are listed, text models too', async () => {
      const { object, data } = await stack.get<{ object: string; data: Model[] }>('/openai/v1/models');
      expect(object).toBe('list');
      const ids = data.map(({ id }) => id);
      expect(ids).toEqual(
        expect.arrayContaining([
          'gemini-3-pro-image',
          'gpt-image-1.5',
          'sora-2',
          'kling-v3',
          'google/gemini-3-flash-preview',
        ]),
      );
      expect(new Set(data.map(({ modality }) => modality))).toEqual(new Set(['text', 'image', 'video']));
    });

    it.each(['sora-2', 'google/gemini-3-flash-preview'])('%s is shown on its own', async (id) => {
      expect(await stack.openai.models.retrieve(id)).toMatchObject({ id, object: 'model' });
    });
  });

  describe('the account', () => {
    it('has a balance and keys', async () => {
      expect(await stack.get('/v1/balance')).toEqual({
        object: 'balance',
        billing_type: 'prepaid',
        available: { amount: expect.any(Number), currency: 'usd' },
        balance: { amount: expect.any(Number), currency: 'usd' },
        held: { amount: expect.any(Number), currency: 'usd' },
      });
      const keys = await stack.get<{ data: { id: string; status: string }[] }>('/v1/keys');
      expect(keys.data.find(({ id }) => stack.apiKey.startsWith(`lmnfl_${id}.`))).toMatchObject({ status: 'active' });
      expect(JSON.stringify(keys)).not.toContain(stack.apiKey.split('.')[1]);
    });

    it('has a ledger that adds up to its balance, page by page', async () => {
      const messages = [{ role: 'user' as const, content: 'Hi' }];
      for (let i = 0; i < 3; i += 1)
        await stack.openai.chat.completions.create({ model: 'openai/gpt-5.4-mini', messages });
      const found = await eventually(
        async () => ({
          before: await ledgerBalance(stack),
          entries: await allEntries(stack),
          after: await ledgerBalance(stack),
        }),
        ({ before, after }) => before === after,
      );
      expect(found.entries.reduce((sum, { amount }) => sum + toMicros(amount), 0)).toBe(found.after);
      expect(toMicros(found.entries[0]?.balance_after ?? 0)).toBe(found.after);
      expect(found.entries.at(-1)).toMatchObject({ object: 'ledger_entry', type: 'top_up', request_id: null });
      const usage = await allEntries(stack, 'type=usage');
      expect(usage.length).toBeGreaterThanOrEqual(3);
      expect(usage[0]).toMatchObject({ request_id: expect.stringMatching(/^req_/), reference: null });
    });

    it('reports its usage by day and by model, with the cost of the history', async () => {
      const messages = [{ role: 'user' as const, content: 'Hi' }];
      const answer = await stack.openai.chat.completions.create({ model: 'openai/gpt-5.4-mini', messages });
      await endedRequest(stack, answer.id.replace('chatcmpl-', 'req_'));
      const byModel = await stack.get<UsageReport>('/v1/usage?group_by=day,model&modality=text');
      expect(byModel.data.find(({ model }) => model === 'openai/gpt-5.4-mini')).toMatchObject({
        day: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
        errors: expect.any(Number),
        output_tokens: expect.any(Number),
      });
      expect(byModel.total.requests).toBe(byModel.data.reduce((sum, { requests }) => sum + requests, 0));
    });

    it('has a history that can be paged through without gap or repeat', async () => {
      const messages = [{ role: 'user' as const, content: 'Hi' }];
      for (let i = 0; i < 3; i += 1)
        await stack.openai.chat.completions.create({ model: 'openai/gpt-5.4-mini', messages });
      const all = await allRequests(stack, 'status=completed');
      expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
      const times = all.map(({ created_at }) => created_at);
      expect(times).toEqual([...times].sort().reverse());
      const page = await stack.get<{ data: object[]; next_page_url: string | null }>(
        '/v1/requests?limit=2&status=completed',
      );
      expect(page.data).toHaveLength(2);
      expect(page.next_page_url).toMatch(/^\/v1\/requests\?.*starting_after=req_/);
    });
  });
});
