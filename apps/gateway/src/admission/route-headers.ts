import type { FastifyReply } from 'fastify';
import { MODEL_HEADER, PROVIDER_HEADER } from './request-id.js';

const HEADER_TEXT = /^[\x20-\x7e]{1,256}$/;

/** Names the model and, once known, the provider on the answer. A model's name may be the client's text: only plain ASCII is repeated. */
export function nameRoute(reply: FastifyReply, route: { model?: string; provider?: string | null }): void {
  if (route.model !== undefined && HEADER_TEXT.test(route.model)) void reply.header(MODEL_HEADER, route.model);
  if (route.provider && HEADER_TEXT.test(route.provider)) void reply.header(PROVIDER_HEADER, route.provider);
}

/** `<provider>/<provider model id>` -> provider. */
export function providerOf(executedModel: string | null): string | null {
  return executedModel?.split('/')[0] ?? null;
}
