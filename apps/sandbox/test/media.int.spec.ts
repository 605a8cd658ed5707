import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import sharp from 'sharp';
import { mp4Duration, mp4Size } from './mp4.js';
import { RunningSandbox } from './running-sandbox.js';

interface OpenaiVideo {
  id: string;
  status: string;
  progress: number;
  error: { code: string } | null;
}
interface FalLinks {
  request_id: string;
  status_url: string;
  response_url: string;
  cancel_url: string;
}

describe('media of the sandbox:', () => {
  let sandbox: RunningSandbox;
  beforeAll(async () => {
    sandbox = await RunningSandbox.start();
  });
  afterAll(() => sandbox.stop());

  const bytesOf = async (answer: Response): Promise<Buffer> => Buffer.from(await answer.arrayBuffer());
  const untilDone = async (ask: () => Promise<string>): Promise<string[]> => {
    const seen: string[] = [];
    for (let round = 0; round < 200; round += 1) {
      const status = await ask();
      seen.push(status);
      if (!/queue|progress/i.test(status)) return seen;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`Not done after ${seen.length} polls.`);
  };

  describe('OpenAI images', () => {
    const generate = (body: Record<string, unknown>) =>
      sandbox.post('/openai/images/generations', { model: 'gpt-image-1.5', prompt: 'A red fox', ...body });

    it.each([
      [{}, 'png', 1024, 1024, 1056],
      [{ size: '1536x1024', quality: 'low', output_format: 'webp' }, 'webp', 1536, 1024, 400],
      [{ size: '1024x1536', quality: 'high', output_format: 'jpeg', output_compression: 50 }, 'jpeg', 1024, 1536, 6240],
    ])('with %j have the format, size and usage asked for', async (body, format, width, height, tokens) => {
      const answer = (await (await generate({ ...body, n: 2 })).json()) as {
        data: { b64_json: string }[];
        usage: unknown;
      };
      expect(answer.data).toHaveLength(2);
      for (const { b64_json } of answer.data) {
        expect(await sharp(Buffer.from(b64_json, 'base64')).metadata()).toMatchObject({ format, width, height });
      }
      const text = encode('A red fox').length;
      expect(answer.usage).toMatchObject({
        input_tokens: text,
        output_tokens: 2 * tokens,
        total_tokens: text + 2 * tokens,
      });
    });

    it('differ by prompt, and are the same for the same prompt', async () => {
      const draw = async (prompt: string) => ((await (await generate({ prompt })).json()) as { data: unknown }).data;
      expect(await draw('A red fox')).toEqual(await draw('A red fox'));
      expect(await draw('A blue whale')).not.toEqual(await draw('A red fox'));
    });

    it.each([
      [{ size: '512x512' }, 'size'],
      [{ n: 11 }, 'n'],
      [{ prompt: '' }, 'prompt'],
      [{ response_format: 'url' }, 'response_format'],
      [{ seed: 1 }, 'seed'],
    ])('are refused with %j, naming the field', async (body, param) => {
      const answer = await generate(body);
      expect([answer.status, await answer.json()]).toMatchObject([400, { error: { param } }]);
    });

    it('are edited from a form, with usage of the image sent', async () => {
      const sent = await sharp({ create: { width: 300, height: 200, channels: 3, background: 'red' } })
        .png()
        .toBuffer();
      const form = new FormData();
      for (const [name, value] of [
        ['model', 'gpt-image-1.5'],
        ['prompt', 'Make it blue'],
        ['n', '1'],
        ['quality', 'low'],
      ] as const) {
        form.set(name, value);
      }
      form.set('image', new Blob([new Uint8Array(sent)], { type: 'image/png' }), 'red.png');
      const answer = await sandbox.fetch('/openai/images/edits', { method: 'POST', body: form });
      expect(await answer.json()).toMatchObject({ usage: { input_tokens_details: { image_tokens: 194 } } });
    });

    it('are empty or refused if the prompt says so', async () => {
      expect(await (await generate({ prompt: 'x [sandbox empty]' })).json()).toMatchObject({ data: [] });
      const refused = await generate({ prompt: 'x [sandbox moderation]' });
      expect([refused.status, await refused.json()]).toMatchObject([400, { error: { code: 'moderation_blocked' } }]);
    });
  });

  describe('OpenAI videos', () => {
    const submit = async (prompt: string, body: Record<string, unknown> = {}): Promise<OpenaiVideo> => {
      const asked = { model: 'sora-2', prompt, seconds: '4', size: '1280x720', ...body };
      return (await (await sandbox.post('/openai/videos', asked)).json()) as OpenaiVideo;
    };
    const poll = async (id: string): Promise<OpenaiVideo> =>
      (await (await sandbox.fetch(`/openai/videos/${id}`)).json()) as OpenaiVideo;

    it('are queued, then in progress, then an MP4 file of the length and size asked for', async () => {
      const video = await submit('A paper boat in the rain', { seconds: '8' });
      expect(video).toMatchObject({
        object: 'video',
        status: 'queued',
        progress: 0,
        seconds: '8',
        size: '1280x720',
        error: null,
      });
      const early = await sandbox.fetch(`/openai/videos/${video.id}/content`);
      expect(early.status).toBe(400);
      const seen = await untilDone(async () => (await poll(video.id)).status);
      expect([seen[0], seen.at(-1)]).toEqual(['in_progress', 'completed']);
      const content = await sandbox.fetch(`/openai/videos/${video.id}/content`);
      expect(content.headers.get('content-type')).toBe('video/mp4');
      const file = await bytesOf(content);
      expect([mp4Duration(file), mp4Size(file)]).toEqual([8, '1280x720']);
    });

    it('are submitted by a form as well, at compatible servers in any size', async () => {
      const form = new FormData();
      for (const [name, value] of [
        ['model', 'wan'],
        ['prompt', 'A kite'],
        ['seconds', '3'],
        ['size', '640x640'],
      ] as const)
        form.set(name, value);
      const answer = await sandbox.fetch('/openai-compatible/videos', { method: 'POST', body: form });
      expect(await answer.json()).toMatchObject({ model: 'wan', seconds: '3', size: '640x640' });
    });

    it.each([
      ['1080x1920', '7'],
      ['500x300', '1.5'],
    ])('of %s and %s seconds are so at a compatible server', async (size, seconds) => {
      const asked = { model: 'wan', prompt: 'A kite', size, seconds };
      const { id } = (await (await sandbox.post('/openai-compatible/videos', asked)).json()) as OpenaiVideo;
      const ask = async () => (await sandbox.fetch(`/openai-compatible/videos/${id}`)).json() as Promise<OpenaiVideo>;
      await untilDone(async () => (await ask()).status);
      const file = await bytesOf(await sandbox.fetch(`/openai-compatible/videos/${id}/content`));
      expect(mp4Size(file)).toBe(size);
      expect(mp4Duration(file)).toBeCloseTo(Number(seconds), 3);
    });

    it.each([
      ['fail', 'video_generation_failed'],
      ['moderation', 'moderation_blocked'],
    ])('fail with [sandbox %s], with error code %s', async (flag, code) => {
      const video = await submit(`Bad end [sandbox ${flag}]`);
      await untilDone(async () => (await poll(video.id)).status);
      expect(await poll(video.id)).toMatchObject({ status: 'failed', error: { code } });
    });

    it('are done after the latency of the prompt', async () => {
      const video = await submit('Slow [sandbox latency=600]');
      const began = performance.now();
      await untilDone(async () => (await poll(video.id)).status);
      expect(performance.now() - began).toBeGreaterThan(400);
    });

    it('fail at a poll once with [sandbox status=503 at=poll times=1]', async () => {
      const video = await submit('Shy [sandbox status=503 at=poll times=1]');
      expect((await sandbox.fetch(`/openai/videos/${video.id}`)).status).toBe(503);
      expect((await sandbox.fetch(`/openai/videos/${video.id}`)).status).toBe(200);
    });

    it('are accepted although [sandbox cut=0] loses the answer', async () => {
      await expect(submit('unheard-of [sandbox cut=0]')).rejects.toThrow();
      expect(await sandbox.calls('unheard-of')).toMatchObject([{ operation: 'submit', outcome: 'cut' }]);
    });

    it('are not found after DELETE', async () => {
      const { id } = await submit('Gone');
      const answer = await sandbox.fetch(`/openai/videos/${id}`, { method: 'DELETE' });
      expect(await answer.json()).toEqual({ id, object: 'video.deleted', deleted: true });
      expect((await sandbox.fetch(`/openai/videos/${id}`)).status).toBe(404);
    });

    it.each([
      [{ seconds: '5' }, 'seconds'],
      [{ size: '100x100' }, 'size'],
      [{ prompt: undefined }, 'prompt'],
    ])('are refused with %j, naming the field', async (body, param) => {
      expect(await submit('x', body)).toMatchObject({ error: { param } });
    });
  });

  describe('Gemini content', () => {
    const generate = (model: string, text: string, generationConfig?: unknown) =>
      sandbox.post(`/gemini/models/${model}:generateContent`, { contents: [{ parts: [{ text }] }], generationConfig });

    it('is an image of the ratio and size asked for', async () => {
      const config = { responseModalities: ['TEXT', 'IMAGE'], imageConfig: { aspectRatio: '16:9', imageSize: '2K' } };
      const answer = (await (await generate('gemini-3-pro-image-preview', 'A red fox', config)).json()) as {
        candidates: { content: { parts: { text?: string; inlineData?: { mimeType: string; data: string } }[] } }[];
      };
      const [text, image] = answer.candidates[0]?.content.parts ?? [];
      expect(text?.text).toContain('sandbox');
      const metadata = await sharp(Buffer.from(image?.inlineData?.data ?? '', 'base64')).metadata();
      expect(metadata).toMatchObject({ format: 'png', width: 2752, height: 1536 });
      expect(answer).toMatchObject({
        candidates: [{ finishReason: 'STOP' }],
        usageMetadata: { promptTokenCount: encode('A red fox').length, candidatesTokenCount: 1120 },
      });
    });

    it('is text from a text model', async () => {
      const answer = await (await generate('gemini-3-flash-preview', 'Why? [sandbox tokens=30]')).json();
      expect(answer).toMatchObject({
        candidates: [{ finishReason: 'STOP' }],
        usageMetadata: { candidatesTokenCount: 30 },
      });
    });

    it('is absent, with status 200 and the reason, if moderated or empty', async () => {
      const [blocked, empty] = await Promise.all([
        generate('gemini-3-pro-image-preview', '[sandbox moderation]'),
        generate('gemini-3-pro-image-preview', '[sandbox empty]'),
      ]);
      expect([blocked.status, await blocked.json()]).toMatchObject([
        200,
        { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } },
      ]);
      expect([empty.status, await empty.json()]).toMatchObject([200, { candidates: [{ finishReason: 'NO_IMAGE' }] }]);
    });

    it('is refused with an unknown ratio or method', async () => {
      const ratio = await generate('gemini-3-pro-image-preview', 'x', { imageConfig: { aspectRatio: '7:3' } });
      expect([ratio.status, await ratio.json()]).toMatchObject([400, { error: { status: 'INVALID_ARGUMENT' } }]);
      const method = await sandbox.post('/gemini/models/gemini-3-pro-image-preview:paint', {});
      expect([method.status, await method.json()]).toMatchObject([404, { error: { status: 'NOT_FOUND' } }]);
    });
  });

  describe('a request to fal', () => {
    const submit = async (app: string, body: Record<string, unknown>): Promise<FalLinks> =>
      (await (await sandbox.post(`/fal/${app}`, body)).json()) as FalLinks;
    const status = async ({ status_url }: FalLinks): Promise<string> =>
      ((await (await sandbox.fetch(status_url)).json()) as { status: string }).status;

    it('for a video is queued and delivers a file of the length and shape asked for', async () => {
      const links = await submit('fal-ai/kling-video/v3/pro/text-to-video', {
        prompt: 'A kite',
        duration: '5',
        aspect_ratio: '9:16',
      });
      expect(links.response_url).toBe(`${sandbox.url}/fal/fal-ai/kling-video/requests/${links.request_id}`);
      const early = await sandbox.fetch(links.response_url);
      expect([early.status, await early.json()]).toEqual([400, { detail: 'Request is still in progress' }]);
      expect((await untilDone(() => status(links))).at(-1)).toBe('COMPLETED');
      const result = await sandbox.fetch(links.response_url);
      expect(result.headers.get('x-fal-billable-units')).toBe('5');
      const { video } = (await result.json()) as { video: { url: string; file_size: number } };
      const file = await bytesOf(await fetch(video.url));
      expect([mp4Duration(file), mp4Size(file), file.length]).toEqual([5, '720x1280', video.file_size]);
    });

    it('for images delivers the number, size and format asked for', async () => {
      const links = await submit('fal-ai/flux/schnell', { prompt: 'A kite', image_size: 'square', num_images: 2 });
      await untilDone(() => status(links));
      const { images } = (await (await sandbox.fetch(links.response_url)).json()) as { images: { url: string }[] };
      expect(images).toHaveLength(2);
      const file = await bytesOf(await fetch(images[1]?.url ?? ''));
      expect(await sharp(file).metadata()).toMatchObject({ format: 'jpeg', width: 512, height: 512 });
    });

    it('is cancelled while it runs, and not after', async () => {
      const links = await submit('fal-ai/veo3', { prompt: 'Long [sandbox latency=60000]' });
      const cancelled = await sandbox.fetch(links.cancel_url, { method: 'PUT' });
      expect([cancelled.status, await cancelled.json()]).toEqual([202, { status: 'CANCELLATION_REQUESTED' }]);
      expect(await status(links)).toBe('COMPLETED');
      expect((await sandbox.fetch(links.response_url)).status).toBe(499);
      expect((await sandbox.fetch(links.cancel_url, { method: 'PUT' })).status).toBe(400);
    });

    it.each([
      ['fail', 500, { error_type: 'internal_error' }],
      ['moderation', 422, { detail: [{ type: 'content_policy_violation' }] }],
      ['empty', 200, {}],
    ])('is COMPLETED with [sandbox %s]: only the result has the failure', async (flag, code, body) => {
      const links = await submit('fal-ai/veo3', { prompt: `x [sandbox ${flag}]` });
      expect((await untilDone(() => status(links))).at(-1)).toBe('COMPLETED');
      const result = await sandbox.fetch(links.response_url);
      expect([result.status, await result.json()]).toMatchObject([code, body]);
    });

    it('has no file to download with [sandbox status=404 at=file]', async () => {
      const links = await submit('fal-ai/flux/schnell', { prompt: 'x [sandbox status=404 at=file]' });
      await untilDone(() => status(links));
      const { images } = (await (await sandbox.fetch(links.response_url)).json()) as { images: { url: string }[] };
      expect((await fetch(images[0]?.url ?? '')).status).toBe(404);
    });
  });
});
