import type { PlannedOffering, ProviderSlug } from '@lumenfall/contracts';
import { anOffering, aPlan, requestContext } from '@lumenfall/testing';
import type { ChatJob } from '../src/chat/chat-route.js';

/** Tried in this order. */
export const offeringsAt = (...providers: ProviderSlug[]): PlannedOffering[] =>
  providers.map((provider, priority) => anOffering({ provider, providerName: provider, priority }));

/** A streamed chat with a route of these providers. */
export function aChatJob(providers: ProviderSlug[] = ['openrouter'], changes: Partial<ChatJob> = {}): ChatJob {
  return {
    requestContext: requestContext(),
    plan: aPlan({ route: offeringsAt(...providers) }),
    replyTo: 'nobody',
    deadline: Date.now() + 30_000,
    body: { model: 'gpt-5.4-mini', messages: [{ role: 'user', content: 'hello' }], stream: true },
    ...changes,
  };
}
