import { randomUUID } from 'node:crypto';
import { anImageRequest, aVideoRequest } from '@lumenfall/testing';
import type { ImageRequest, ProviderSlug, VideoRequest } from '@lumenfall/contracts';
import {
  fetchMedia,
  GENERATION,
  providerAdapters,
  readOpenRouterModels,
  readProviderEndpoints,
  type CallContext,
} from '@lumenfall/providers';
import sharp from 'sharp';
import { mp4Duration } from './mp4.js';
import { RunningSandbox } from './running-sandbox.js';

/** The adapters that speak to the real providers, unchanged, against the sandbox: what it is for. */
describe("the providers' media adapters against the sandbox", () => {
  let sandbox: RunningSandbox;
  beforeAll(async () => {
    sandbox = await RunningSandbox.start();
  });
  afterAll(() => sandbox.stop());

  const contextOf = (provider: ProviderSlug, model: string, signal = AbortSignal.timeout(60_000)): CallContext => {
    const endpoints = readProviderEndpoints({ SANDBOX_URL: sandbox.url });
    const endpoint = endpoints.ok ? endpoints.value.find((known) => known.provider === provider) : undefined;
    if (endpoint === undefined) throw new Error(`No endpoint for ${provider}.`);
    return { endpoint, model, parameters: {}, requestId: 'req_test', limits: GENERATION, signal };
  };
  const bytesOf = async (
    source: Parameters<typeof fetchMedia>[0],
    { endpoint, signal }: CallContext,
  ): Promise<Buffer> => {
    const fetched = await fetchMedia(source, { endpoint, maxBytes: 50_000_000, timeoutMs: 60_000, signal });
    if (!fetched.ok) throw new Error(fetched.error.message);
    return Buffer.from(fetched.value);
  };

  const image = (prompt: string, more: Partial<ImageRequest> = {}): ImageRequest =>
    anImageRequest({ prompt, quality: 'low', ...more });

  it.each([
    ['replicate', 'black-forest-labs/flux-schnell'],
    ['runware', 'bfl:2@1'],
  ] as const)('%s finds an image whose answer was cut', async (provider, model) => {
    const adapter = providerAdapters[provider].image;
    const taken = new Set<string>();
    const context = {
      ...contextOf(provider, model),
      parameters: provider === 'runware' ? { prompt: { as: 'positivePrompt' } } : {},
      files: [],
      mask: null,
      callId: randomUUID(),
      claim: async (id: string) => !taken.has(id) && Boolean(taken.add(id)),
    };
    const request = image(`[sandbox cut=1] A fox that was lost at ${provider}`);
    const since = Date.now();
    expect(await adapter?.generate(request, context)).toMatchObject({ ok: false, error: { kind: 'ambiguous' } });
    const found = { ok: true, value: { found: 'work', outcome: { ok: true, value: { images: [{}] } } } };
    expect(await adapter?.lookUp?.(request, context, since)).toMatchObject(found);
    const other = { ...context, callId: randomUUID() };
    expect(await adapter?.lookUp?.(request, other, since)).toEqual({ ok: true, value: { found: 'nothing' } });
  });

  describe.each([
    ['openai', 'gpt-image-1.5'],
    ['openai-compatible', 'stable-diffusion'],
    ['gemini', 'gemini-3-pro-image-preview'],
    ['vertex', 'gemini-3-pro-image-preview'],
    ['fal', 'fal-ai/flux/schnell'],
    ['replicate', 'black-forest-labs/flux-schnell'],
    ['bfl', 'flux-2-pro'],
    ['xai', 'grok-imagine-image'],
    ['fireworks', 'accounts/fireworks/models/flux-1-dev-fp8'],
    ['fireworks', 'accounts/fireworks/models/flux-kontext-pro'],
    ['runware', 'bfl:2@1'],
  ] as const)('images of %s with %s', (provider, model) => {
    const generate = async (request: ImageRequest) => {
      const parameters = provider === 'runware' ? { prompt: { as: 'positivePrompt' } } : {};
      const context = { ...contextOf(provider, model), parameters };
      const made = await providerAdapters[provider].image?.generate(request, {
        ...context,
        files: [],
        mask: null,
        callId: randomUUID(),
        claim: async () => true,
      });
      if (made === undefined) throw new Error('No images.');
      return { made, context };
    };

    it('are delivered, at least 512 pixels wide', async () => {
      const { made, context } = await generate(image('A red fox'));
      if (!made.ok) throw new Error(made.error.message);
      const file = await bytesOf(made.value.images[0]?.source ?? { kind: 'bytes', bytes: new Uint8Array() }, context);
      expect((await sharp(file).metadata()).width).toBeGreaterThanOrEqual(512);
    });

    it.each([
      ['[sandbox empty]', 'empty'],
      ['[sandbox moderation]', 'moderation'],
      ['[sandbox status=503]', 'transient'],
    ])('with %s end in a failure of kind %s', async (prompt, kind) => {
      const { made } = await generate(image(prompt));
      expect(made).toMatchObject({ ok: false, error: { kind } });
    });
  });

  const video = (prompt: string): VideoRequest => aVideoRequest({ prompt, seconds: 5 });

  describe.each([
    ['openai-compatible', 'wan-2'],
    ['fal', 'fal-ai/kling-video/v3/pro/text-to-video'],
  ] as const)('videos of %s with %s', (provider, model) => {
    const run = async (prompt: string) => {
      const context = contextOf(provider, model);
      const adapter = providerAdapters[provider].video;
      if (adapter === undefined) throw new Error('No videos.');
      const submitted = await adapter.submit(video(prompt), context);
      if (!submitted.ok) return { submitted, context };
      for (;;) {
        const polled = await adapter.poll(submitted.value, context);
        if (!polled.ok) throw new Error(polled.error.message);
        if (polled.value.state !== 'running') return { submitted, state: polled.value, context };
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };

    it('are delivered, 5 seconds long', async () => {
      const { state, context } = await run('A paper boat in the rain');
      if (state?.state !== 'succeeded') throw new Error(JSON.stringify(state));
      expect(mp4Duration(await bytesOf(state.source, context))).toBeCloseTo(5, 1);
    });

    it.each([
      ['[sandbox moderation]', 'moderation'],
      ['[sandbox empty]', null],
      ['[sandbox fail]', null],
    ])('with %s end in a failure', async (prompt, kind) => {
      const { state, context } = await run(prompt);
      // The Videos protocol shows only with the file that there is none.
      if (state?.state === 'succeeded') {
        await expect(bytesOf(state.source, context)).rejects.toThrow();
        return;
      }
      expect(state).toMatchObject({ state: 'failed', ...(kind === null ? {} : { failure: { kind } }) });
    });

    it('are of unknown outcome if the answer to the submit is lost', async () => {
      const { submitted } = await run(`lost-${provider} [sandbox cut=0]`);
      expect(submitted).toMatchObject({ ok: false, error: { kind: 'ambiguous' } });
      expect(await sandbox.calls(`lost-${provider}`)).toMatchObject([{ operation: 'submit', outcome: 'cut' }]);
    });
  });

  it.each(['openai', 'openai-compatible'] as const)(
    'videos of unknown outcome at %s can be looked up',
    async (provider) => {
      const context = contextOf(provider, 'sora-2');
      const lookUp = async (prompt: string, submittedAt: number) => {
        const clues = { submittedAt, isTaken: async () => false };
        const request = { ...video(prompt), seconds: 4, size: '720x1280' };
        return { request, outcome: await providerAdapters[provider].video?.lookUp?.(request, context, clues) };
      };
      const submittedAt = Date.now();
      const lost = `A lost one at ${provider} [sandbox cut=0]`;
      const { request, outcome: before } = await lookUp(lost, submittedAt);
      expect(before).toEqual({ ok: true, value: { found: 'nothing' } });
      const submitted = await providerAdapters[provider].video?.submit(request, context);
      expect(submitted).toMatchObject({ ok: false, error: { kind: 'ambiguous' } });
      const { outcome } = await lookUp(lost, submittedAt);
      if (!outcome?.ok || outcome.value.found !== 'job') throw new Error(JSON.stringify(outcome));
      expect(await providerAdapters[provider].video?.poll(outcome.value.handle, context)).toMatchObject({ ok: true });
      expect((await lookUp(lost, Date.now() + 60_000)).outcome).toMatchObject({ value: { found: 'nothing' } });
    },
  );

  it('the whole model list of OpenRouter is read, with prices for all models but one', async () => {
    const { endpoint, signal } = contextOf('openrouter', 'openai/gpt-5.4');
    const read = await readOpenRouterModels(endpoint, signal);
    if (!read.ok) throw new Error(read.error.message);
    const { total_count: total } = (await (await sandbox.fetch('/openrouter/models')).json()) as {
      total_count: number;
    };
    expect(read.value).toHaveLength(total);
    const unpriced = read.value.filter(({ price }) => price.length === 0).map(({ id }) => id);
    expect(unpriced.sort()).toEqual(['openrouter/auto']);
  });
});
