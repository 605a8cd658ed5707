import type { FastifyRequest } from 'fastify';

/** True for `POST /images`, which only OpenRouter's API has. */
export const isOpenRouterRoute = ({ routeOptions }: FastifyRequest): boolean =>
  /\/images$/.test(routeOptions.url ?? '');

/**
 * A body of OpenRouter's `POST /images`, as `@openrouter/ai-sdk-provider` sends it, in the shape of a generation, or of
 * an edit if it has `input_references`. The SDK reads images in base64 only. `provider`, OpenRouter's routing
 * preferences, is dropped.
 */
export function fromOpenRouterImages(body: unknown): { kind: 'generation' | 'edit'; body: unknown } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { kind: 'generation', body };
  const {
    input_references: images,
    provider: _,
    ...fields
  } = body as { input_references?: unknown; provider?: unknown };
  const asked = { ...fields, response_format: 'b64_json' };
  if (!Array.isArray(images) || images.length === 0) return { kind: 'generation', body: asked };
  return { kind: 'edit', body: { ...asked, images } };
}
