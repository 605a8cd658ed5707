import { imageSizeOf } from './media.js';
import { charged, toMicros } from './account.js';
import { onEveryStack } from './stacks.js';

interface Answer {
  id: string;
  size: string;
  output_format: string;
  data: { url?: string; b64_json?: string }[];
  metadata: { cost: number; executed_model: string };
}

onEveryStack((stack) => {
  const generate = async (body: object): Promise<{ requestId: string; value: Answer }> => {
    const response = await stack.request('/openai/v1/images/generations', { method: 'POST', body });
    const value = (await response.json()) as Answer;
    if (response.status !== 200) throw new Error(JSON.stringify(value));
    return { requestId: value.id, value };
  };

  describe('an image', () => {
    it.each(['gemini-3-pro-image', 'gpt-image-1.5'])(
      'of %s is a real PNG behind its URL, charged as estimated',
      async (model) => {
        const body = { model, prompt: 'A lighthouse at dusk', size: '1024x1024', response_format: 'url' };
        const estimate = await stack.request('/openai/v1/images/generations?dryRun=true', { method: 'POST', body });
        const { total_cost_micros: estimated } = (await estimate.json()) as { total_cost_micros: number };
        const { value, request, costMicros } = await charged(stack, () => generate(body));
        expect(request).toMatchObject({ status: 'completed', modality: 'image', model });
        expect(costMicros).toBe(estimated);
        expect(toMicros(value.metadata.cost)).toBe(costMicros);
        expect(value.data[0]?.url).toMatch(/^http/);
        const file = await fetch(value.data[0]?.url ?? '');
        expect(file.headers.get('content-type')).toBe('image/png');
        const size = imageSizeOf(new Uint8Array(await file.arrayBuffer()));
        expect(`${size.width}x${size.height}`).toBe(value.size);
      },
    );

    it.each(['gemini-3-pro-image', 'gpt-image-1.5'])('of %s comes as base64 where that is asked for', async (model) => {
      const answer = await stack.openai.images.generate({
        model,
        prompt: 'A cat',
        response_format: 'b64_json',
        quality: 'low',
      });
      const bytes = Buffer.from(answer.data?.[0]?.b64_json ?? '', 'base64');
      expect(imageSizeOf(bytes).width).toBeGreaterThan(0);
      expect(answer.data?.[0]?.url).toBeUndefined();
    });

    it('is made n times, by a model that makes one at a time', async () => {
      const { value, costMicros } = await charged(stack, () =>
        generate({ model: 'gemini-3-pro-image', prompt: 'Two dogs', n: 2 }),
      );
      expect(value.data).toHaveLength(2);
      expect(new Set(value.data.map(({ url }) => url)).size).toBe(2);
      expect(costMicros).toBe(2 * 134_000);
    });

    it('is found under no other name', async () => {
      const { value } = await generate({ model: 'gpt-image-1.5', prompt: 'A door', quality: 'low' });
      const url = new URL(value.data[0]?.url ?? '');
      const other = url.href.replace(
        /([0-9A-Za-z])(\.\w+)$/,
        (_, last: string, end: string) => `${last === 'a' ? 'b' : 'a'}${end}`,
      );
      expect((await fetch(url)).status).toBe(200);
      expect((await fetch(other)).status).toBe(404);
    });
  });
});
