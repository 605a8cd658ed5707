import { randomUUID } from 'node:crypto';
import type { ProviderSlug } from '@lumenfall/contracts';
import { ProviderHttp, type ReadRefusal } from '../http/index.js';
import { GENERATION, type ImageCallContext } from '../spec/index.js';

export const SECRET = 'not-by-pattern-0123456789abcdef';

/** A context whose endpoint is a sandbox at `url`. */
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
    claim: async () => true,
    ...more,
  };
}

/** The same context with a real provider's endpoint: the exceptions for the sandbox do not apply. */
export const asReal = (context: ImageCallContext): ImageCallContext => ({
  ...context,
  endpoint: { ...context.endpoint, sandbox: false },
});

/** The part of the HTTP client that readers of answers use, with the provider's reader of refusals. */
export const clientWith = (readRefusal: ReadRefusal): Pick<ProviderHttp, 'failureIn'> =>
  new ProviderHttp(contextFor('http://127.0.0.1:9', 'openai').endpoint, { authorize: () => ({}), readRefusal });
