import type { PlannedOffering, ProviderSlug } from '@lumenfall/contracts';
import { anOffering, aPlan, requestContext } from '@lumenfall/testing';
import type { ChatJob } from '../src/chat/run-chat-route.js';

/** Tried in the order in which they are named. */
export const offeringsAt = (...providers: ProviderSlug[]): PlannedOffering[] =>
  providers.map((provider, priority) => anOffering({ provider, providerName: provider, priority }));

/** A streamed chat over a route of the named providers. */
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
