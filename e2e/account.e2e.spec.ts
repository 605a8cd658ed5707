import { allRequests } from './account.js';
import { onEveryStack } from './stacks.js';

interface Model {
  id: string;
  object: string;
  modality: string;
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
