import { randomUUID } from 'node:crypto';
import type { ProviderSlug } from '@lumenfall/contracts';
import { GENERATION, type ImageCallContext } from '../spec/index.js';

export const SECRET = 'not-by-pattern-0123456789abcdef';

/** A context whose endpoint is `url`, as the sandbox's would be. */
export function contextFor(
  url: string,
  provider: ProviderSlug,
  more: Partial<ImageCallContext> = {},
): ImageCallContext {
  return {
    endpoint: {
      provider,
      baseUrl: `${url}/${provider}`,
      apiKey: SECRET,
      credential: `${provider}#test`,
      sandbox: true,
    },
    model: 'the-model',
    parameters: {},
    requestId: 'req_2ZkYx1234567890123456789012',
    limits: GENERATION,
    signal: new AbortController().signal,
    files: [],
    mask: null,
    callId: randomUUID(),
    take: async () => true,
    ...more,
  };
}

/** The same address as a real provider would have it: nothing is forgiven. */
export const asReal = (context: ImageCallContext): ImageCallContext => ({
  ...context,
  endpoint: { ...context.endpoint, sandbox: false },
});
