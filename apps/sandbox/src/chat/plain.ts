import { randomBytes } from 'node:crypto';
import { json, type JsonAnswer } from '../exchange/answer.js';
import { textOf } from '../tokens/piece.js';
import type { ChatBody } from './body.js';
import type { ChatDialect } from './dialect.js';
import type { ChatReply } from './reply.js';
import { usageBody } from './usage.js';

export const newToolCallId = (): string => `call_${randomBytes(12).toString('hex')}`;

/** The whole answer at once: a `chat.completion`. */
export function completion(body: ChatBody, reply: ChatReply, promptTokens: number, dialect: ChatDialect): JsonAnswer {
  const choices = body.n ?? 1;
  return json(200, {
    id: dialect.newId(),
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1_000),
    model: body.model,
    choices: Array.from({ length: choices }, (_, index) => ({
      index,
      message: messageOf(reply),
      logprobs: null,
      finish_reason: reply.finish,
    })),
    usage: usageBody(promptTokens, reply.completionTokens * choices, dialect.alwaysUsage),
    ...dialect.extra,
  });
}

function messageOf(reply: ChatReply): Record<string, unknown> {
  const text = textOf(reply.pieces);
  if (reply.toolName === null) return { role: 'assistant', content: text, refusal: null };
  const call = { id: newToolCallId(), type: 'function', function: { name: reply.toolName, arguments: text } };
  return { role: 'assistant', content: null, refusal: null, tool_calls: [call] };
}
