import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateImage } from 'ai';
import { toFile } from 'openai';
import sharp from 'sharp';
import { charged, toMicros } from './account.js';
import { onEveryStack } from './stacks.js';

interface Answer {
  id: string;
  size: string;
  output_format: string;
  data: { url?: string; b64_json?: string }[];
  metadata: { cost: number; executed_model: string };
}

const EDITS = '/openai/v1/images/edits';

/** A red square in a blue field, as big as a phone would send it. */
const redSquare = (width = 640, height = 480): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#2040a0' } })
    .composite([
      { input: { create: { width: 200, height: 200, channels: 3, background: '#c02020' } }, left: 60, top: 60 },
    ])
    .png()
    .toBuffer();

/** Its right half is to be edited. */
const mask = (width = 640, height = 480): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 4, background: '#ffffff' } })
    .composite([
      {
        input: { create: { width: width / 2, height, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 1 } } },
        left: width / 2,
        top: 0,
        blend: 'dest-out',
      },
    ])
    .png()
    .toBuffer();

onEveryStack((stack) => {
  const file = async (bytes: Promise<Buffer>, name = 'input.png') => toFile(await bytes, name, { type: 'image/png' });
  const measured = async ({ url, b64_json: b64 }: Answer['data'][number]) => {
    const bytes = url === undefined ? Buffer.from(b64 ?? '', 'base64') : await (await fetch(url)).arrayBuffer();
    return sharp(bytes).metadata();
  };
  const post = async (path: string, fields: Record<string, string>, bytes: Buffer): Promise<Answer> => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    body.append('image', new Blob([new Uint8Array(bytes)]), 'in.png');
    const response = await stack.request(path, { method: 'POST', body });
    const value = (await response.json()) as Answer;
    if (response.status !== 200) throw new Error(JSON.stringify(value));
    return value;
  };

  // First, since what other tests are charged late would move the balance.
  describe('a dry run', () => {
    it.each<[string, Record<string, string>]>([
      ['topaz-image-upscale', { scale_factor: '2' }],
      ['gemini-3-pro-image', { prompt: 'Make it night' }],
    ])('of %s says what it will cost', async (model, fields) => {
      const bytes = await redSquare();
      const body = { model, ...fields };
      const estimate = await post(`${EDITS}?dryRun=true`, body, bytes);
      const { total_cost_micros: estimated } = estimate as unknown as { total_cost_micros: number };
      const { costMicros } = await charged(stack, async () => {
        const value = await post(EDITS, body, bytes);
        return { requestId: value.id, value };
      });
      expect(costMicros).toBe(estimated);
    });
  });

  describe("an edit by OpenAI's SDK", () => {
    it.each(['gpt-image-1.5', 'gemini-3-pro-image'])(
      'of one image by %s returns an image and is charged',
      async (model) => {
        const { value, request, costMicros } = await charged(stack, async () => {
          const image = await file(redSquare());
          const answer = await stack.openai.images.edit({
            model,
            prompt: 'Make it night',
            image,
            response_format: 'url',
          });
          return { requestId: (answer as unknown as Answer).id, value: answer as unknown as Answer };
        });
        const { width, height } = await measured(value.data[0] ?? {});
        expect(`${width}x${height}`).toBe(value.size);
        expect(request).toMatchObject({ status: 'completed', modality: 'image', model, endpoint: EDITS });
        expect(toMicros(value.metadata.cost)).toBe(costMicros);
        expect(costMicros).toBeGreaterThan(0);
      },
    );

    it('with several images and a mask returns n images', async () => {
      const image = [await file(redSquare()), await file(redSquare(), 'second.png')];
      const answer = await stack.openai.images.edit({
        model: 'gpt-image-1.5',
        prompt: 'Join them',
        image,
        mask: await file(mask()),
        quality: 'low',
        n: 2,
      });
      expect(answer.data).toHaveLength(2);
      expect(await measured(answer.data?.[0] ?? {})).toMatchObject({ format: 'png' });
    });

    it('upscales, by fields that OpenAI does not have', async () => {
      const body = { model: 'topaz-image-upscale', image: await file(redSquare()), scale_factor: 2 };
      const answer = (await stack.openai.images.edit(body as never)) as unknown as Answer;
      expect(answer.size).toBe('1280x960');
      expect(await measured(answer.data[0] ?? {})).toMatchObject({ width: 1280, height: 960 });
    });
  });

  describe('an edit', () => {
    it('by the AI SDK returns an image', async () => {
      const provider = createOpenAICompatible({
        name: 'lumenfall',
        baseURL: `${stack.address.baseUrl}/openai/v1`,
        apiKey: stack.apiKey,
      });
      const { image } = await generateImage({
        model: provider.imageModel('gemini-3-pro-image'),
        prompt: { text: 'Make it night', images: [await redSquare()] },
      });
      expect((await sharp(image.uint8Array).metadata()).width).toBeGreaterThan(0);
    });

    it('in JSON takes the address that an answer gave', async () => {
      const ask = async (path: string, body: object): Promise<Answer> => {
        const response = await stack.request(path, { method: 'POST', body });
        return (await response.json()) as Answer;
      };
      const drawn = await ask('/openai/v1/images/generations', { model: 'gemini-3-pro-image', prompt: 'A fox' });
      const edited = await ask(EDITS, {
        model: 'gemini-3-pro-image',
        prompt: 'In the snow',
        image_url: drawn.data[0]?.url,
      });
      expect(edited.data[0]?.url).toMatch(/^http/);
    });

    it('comes in every format that is asked for, both ways', async () => {
      const bytes = await redSquare();
      for (const format of ['png', 'jpeg', 'webp', 'gif', 'avif']) {
        for (const form of ['url', 'b64_json'] as const) {
          const fields = { model: 'gemini-3-pro-image', prompt: 'x', output_format: format, response_format: form };
          const answer = await post(EDITS, fields, bytes);
          expect(Object.keys(answer.data[0] ?? {})).toContain(form);
          const { format: found } = await measured(answer.data[0] ?? {});
          expect([answer.output_format, found === 'heif' ? 'avif' : found]).toEqual([format, format]);
        }
      }
    });
  });
});
