import type { ProviderSlug } from '@lumenfall/contracts';
import type { FastifyRequest } from 'fastify';

/** Whether the call carries a key in its provider's own way. Any key will do. */
export function isAuthorized(provider: ProviderSlug, request: FastifyRequest): boolean {
  // Vertex AI takes a service account's token as well.
  if (provider === 'gemini' || provider === 'vertex') {
    const key = request.headers['x-goog-api-key'];
    const keyed = (typeof key === 'string' && key.trim() !== '') || /[?&]key=[^&]/.test(request.url);
    return keyed || (provider === 'vertex' && /^Bearer\s+\S/i.test(request.headers.authorization ?? ''));
  }
  if (provider === 'anthropic') {
    const key = request.headers['x-api-key'];
    return typeof key === 'string' && key.trim() !== '';
  }
  if (provider === 'bfl') return String(request.headers['x-key'] ?? '').trim() !== '';
  const scheme = provider === 'fal' ? /^Key\s+\S/i : /^Bearer\s+\S/i;
  return scheme.test(request.headers.authorization ?? '');
}
