import type { ImageRequest, PlannedOffering, ProviderSlug, Quantity } from '@lumenfall/contracts';
import type { FindClients, ProviderClient } from '@lumenfall/execution';
import type {
  fetchMedia,
  ImageCallContext,
  ImageGeneration,
  ImageProvider,
  Outcome,
  ProviderFailure,
  ProviderImage,
} from '@lumenfall/providers';
import { aPlan, requestContext, anImageRequest } from '@lumenfall/testing';
import sharp from 'sharp';
import type { ImageJob } from '../src/images/image-route.js';

export const image = async (format: 'png' | 'jpeg' = 'png'): Promise<ProviderImage> => {
  const made = sharp({ create: { width: 64, height: 32, channels: 3, background: '#204080' } });
  return { source: { kind: 'bytes', bytes: await made.toFormat(format).toBuffer() }, revisedPrompt: null };
};
export const notAnImage = (): ProviderImage => ({
  source: { kind: 'bytes', bytes: Buffer.from('<html>') },
  revisedPrompt: null,
});

export const generation = (images: ProviderImage[], usage: Quantity[] | null = null): Outcome<ImageGeneration> => ({
  ok: true,
  value: { images, usage, reportedCostUsd: null },
});
export const refusal = (kind: ProviderFailure['kind']): Outcome<ImageGeneration> => ({
  ok: false,
  error: { kind, message: `scripted ${kind}`, status: null, retryAfterMs: null },
});

export interface ImageScript {
  perCall?: number;
  /** @param call counted from 0 */
  generate: (
    call: number,
    request: ImageRequest,
    signal: AbortSignal,
    context: ImageCallContext,
  ) => Promise<Outcome<ImageGeneration>>;
  lookUp?: ImageProvider['lookUp'];
}

export function scriptedImages(scripts: Partial<Record<ProviderSlug, ImageScript>>) {
  /** Provider and number of images of each call, in order. */
  const asked: [ProviderSlug, number][] = [];
  const calls = new Map<ProviderSlug, number>();
  const clients: FindClients<ImageProvider> = (provider) => {
    const script = scripts[provider];
    if (script === undefined) return [];
    const client: ProviderClient<ImageProvider> = {
      endpoint: {
        provider,
        baseUrl: 'http://127.0.0.1:9',
        apiKey: 'key',
        credential: `${provider}#test`,
        sandbox: true,
      },
      adapter: {
        maxImagesPerCall: script.perCall ?? 1,
        reports: [],
        generate: (request, context) => {
          asked.push([provider, request.n]);
          const call = calls.get(provider) ?? 0;
          calls.set(provider, call + 1);
          return script.generate(call, request, context.signal, context);
        },
        ...(script.lookUp && { lookUp: script.lookUp }),
      },
    };
    return [client];
  };
  return { clients, asked };
}

/** Scripted images are bytes, so nothing is fetched. */
export const fetchBytes: typeof fetchMedia = async (source) =>
  source.kind === 'bytes' ? { ok: true, value: source.bytes } : Promise.reject(new Error('Scripted images are bytes'));

/** 0.04 USD an image. */
export const anImageOffering = (provider: ProviderSlug, n = 1, priority = 0): PlannedOffering => ({
  provider,
  providerName: provider,
  providerModel: 'image-model',
  price: {
    version: `${provider}-images`,
    lines: [{ type: 'output', metric: 'image', unitPrice: provider === 'openai' ? '0.05' : '0.04' }],
  },
  parameters: { n: 'passed' },
  estimate: [{ type: 'output', metric: 'image', quantity: n }],
  priority,
  weight: 1,
});

export function anImageJob(
  providers: ProviderSlug[],
  request: Partial<ImageRequest> = {},
  changes: Partial<ImageJob> = {},
): ImageJob {
  const n = request.n ?? 1;
  return {
    requestContext: requestContext({ modality: 'image', model: 'nano-banana-pro' }),
    plan: aPlan({
      model: 'nano-banana-pro',
      modality: 'image',
      route: providers.map((provider, priority) => anImageOffering(provider, n, priority)),
    }),
    replyTo: 'nobody',
    deadline: Date.now() + 30_000,
    keepMs: 3_600_000,
    request: anImageRequest({ prompt: 'a cat', n, ...request }),
    ...changes,
  };
}
