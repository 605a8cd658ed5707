import { PROVIDER_SLUGS, type ProviderSlug } from '@lumenfall/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SandboxContext } from '../context.js';
import type { DownForm } from '../profiles/profile.js';
import type { Answer } from './answer.js';
import { Call } from './call.js';
import { sendAnswer } from './send-answer.js';

/** A protocol's answer to one kind of call; `params` are the named parts of its path. */
export type Handler = (call: Call, params: Readonly<Record<string, string>>) => Answer | Promise<Answer>;

/** Handles a call to a provider: notes it, asks for a key, lets the protocol answer, sends the answer. */
export async function handleCall(
  context: SandboxContext,
  provider: ProviderSlug,
  request: FastifyRequest,
  reply: FastifyReply,
  work: (call: Call) => Answer | Promise<Answer>,
): Promise<void> {
  const call = new Call(context, provider, request, reply, context.journal.entryOf(request));
  // All providers share one port here. If a client kept connections open, it would reach a provider that is down on a
  // connection opened to another one, see it break and take it for an idle one; a real host would refuse the
  // connection.
  if (context.profiles.losesConnections) reply.raw.shouldKeepAlive = false;
  const down = context.profiles.downOf(provider);
  if (down !== null) return answerDown(call, reply, down);
  if (!isAuthorized(provider, request)) return sendAnswer(call, reply, call.refuse.unauthorized());
  call.noteAuthorized();
  await sendAnswer(call, reply, await work(call));
}

/** Behaves like a provider that cannot be reached, whatever the call. */
async function answerDown(call: Call, reply: FastifyReply, form: DownForm): Promise<void> {
  call.noteDrawn('down');
  if (form === 'unavailable') return sendAnswer(call, reply, call.refuse.failure(503, null));
  if (form === 'hang') return call.hang();
  call.reset();
}

/** Whether the call carries a key in its provider's own way. Any key will do. */
function isAuthorized(provider: ProviderSlug, { headers, url }: FastifyRequest): boolean {
  const has = (name: string): boolean => String(headers[name] ?? '').trim() !== '';
  const isBearer = /^Bearer\s+\S/i.test(headers.authorization ?? '');
  switch (provider) {
    case 'gemini':
      return has('x-goog-api-key') || /[?&]key=[^&]/.test(url);
    case 'vertex':
      // A service account's token is accepted as well.
      return has('x-goog-api-key') || /[?&]key=[^&]/.test(url) || isBearer;
    case 'anthropic':
      return has('x-api-key');
    case 'bfl':
      return has('x-key');
    case 'fal':
      return /^Key\s+\S/i.test(headers.authorization ?? '');
    default:
      return isBearer;
  }
}

/** The provider that a path belongs to: its first segment. */
export function providerOfPath(path: string): ProviderSlug | null {
  const slug = path.split(/[/?]/, 2)[1];
  return PROVIDER_SLUGS.find((known) => known === slug) ?? null;
}
