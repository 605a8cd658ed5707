import type { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** On every answer: errors, streams and unknown paths too. */
export const REQUEST_ID_HEADER = 'X-Lumenfall-Request-Id';
/** The same id in the header that OpenAI's SDKs read: they expose it as `request_id`, on answers and on errors. */
export const SDK_REQUEST_ID_HEADER = 'X-Request-Id';
export const PROVIDER_HEADER = 'X-Lumenfall-Provider';
export const MODEL_HEADER = 'X-Lumenfall-Model';

declare module 'fastify' {
  interface FastifyRequest {
    /** Unix ms. */
    arrivedAt: number;
  }
}

/**
 * Stamps every request with its time and every answer with the request's id. An `onRequest` hook, because an
 * interceptor would not see requests that fail before a handler. Set through Nest's adapter, whose CORS answers would
 * otherwise come before it.
 */
export function stampArrivals(app: NestFastifyApplication): void {
  const adapter = app.getHttpAdapter() as FastifyAdapter;
  adapter.getInstance().decorateRequest('arrivedAt', 0);
  adapter.setOnRequestHook((request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    request.arrivedAt = Date.now();
    void reply.header(REQUEST_ID_HEADER, request.id).header(SDK_REQUEST_ID_HEADER, request.id);
    done();
  });
}

const HEADER_TEXT = /^[\x20-\x7e]{1,256}$/;

/**
 * Sets the model and, once known, the provider headers. A model's name may be the client's text: only printable ASCII
 * is sent.
 */
export function nameRoute(reply: FastifyReply, route: { model?: string; provider?: string | null }): void {
  if (route.model !== undefined && HEADER_TEXT.test(route.model)) void reply.header(MODEL_HEADER, route.model);
  if (route.provider && HEADER_TEXT.test(route.provider)) void reply.header(PROVIDER_HEADER, route.provider);
}

/** `<provider>/<provider model id>` -> provider. */
export function providerOf(executedModel: string | null): string | null {
  return executedModel?.split('/')[0] ?? null;
}
