import { balanceOf } from './account.js';
import { onEveryStack } from './stacks.js';

const CASES = [
  [
    '/openai/v1/chat/completions',
    { model: 'google/gemini-3-flash-preview', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 100 },
  ],
  ['/openai/v1/images/generations', { model: 'gemini-3-pro-image', prompt: 'A tree', n: 2 }],
  ['/openai/v1/images/generations', { model: 'gpt-image-1.5', prompt: 'A tree' }],
  ['/openai/v1/videos', { model: 'sora-2', prompt: 'A tree', seconds: 8 }],
  ['/openai/v1/videos', { model: 'kling-v3', prompt: 'A tree' }],
] as const;

/** By these a careful client knows that something was executed after all. */
const FORBIDDEN =
  /"(id|status|data|url|b64_json|output|created_at|completed_at|expires_at|job_id|media|image|images|upstream_id)":/;

onEveryStack((stack) => {
  describe('a dry run', () => {
    it.each(CASES)('of %s %j estimates and does nothing', async (path, body) => {
      const before = await balanceOf(stack);
      const response = await stack.request(`${path}?dryRun=true`, { method: 'POST', body });
      expect(response.status).toBe(200);
      const text = await response.text();
      expect(text).not.toMatch(FORBIDDEN);
      const estimate = JSON.parse(text) as {
        total_cost_micros: number;
        components: { total_cost: number; metric: string }[];
      };
      expect(estimate).toMatchObject({
        estimated: true,
        model: body.model,
        provider: expect.any(String),
        currency: 'USD',
      });
      expect(Number.isInteger(estimate.total_cost_micros)).toBe(true);
      expect(estimate.components.length).toBeGreaterThan(0);
      expect(estimate.components.reduce((sum, { total_cost }) => sum + total_cost, 0)).toBe(estimate.total_cost_micros);
      expect(await balanceOf(stack)).toBe(before);
    });

    it('is refused like the real call', async () => {
      const response = await stack.request('/openai/v1/images/generations?dryRun=true', {
        method: 'POST',
        body: { model: 'gpt-image-1.5' },
      });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: { code: 'INVALID_REQUEST', param: 'prompt' } });
    });
  });
});
