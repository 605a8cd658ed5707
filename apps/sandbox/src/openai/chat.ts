import { json, type Answer } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import { answerChat } from '../chat/answer-chat.js';
import { chatBodySchema, promptOf, type ChatBody } from '../chat/body.js';
import { promptTokens, replyTo, type ChatReply } from '../chat/reply.js';
import type { Behaviour } from '../directives/behaviour.js';
import { openRouterModels } from '../openrouter/models.js';
import { textOf } from '../tokens/canned-text.js';
import { dialectOf, usageBody, type ChatDialect } from './chat-dialect.js';
import { chunkFrames, newToolCallId } from './chat-stream.js';

/** `POST chat/completions` of OpenAI, of OpenRouter and of everything compatible. */
export async function completeChat(call: Call): Promise<Answer> {
  const read = call.parse(chatBodySchema, { operation: 'chat' });
  if (!read.ok) return read.answer;
  const { body } = read;
  const dialect = dialectOf(call.provider);
  const behaviour = call.behave({ operation: 'chat', prompt: promptOf(body), model: body.model, makes: 'chat' });
  // OpenRouter starts a stream before its model has answered anything, and sends comments until then.
  const waitsInStream = body.stream === true && dialect.comment !== null && !failsAtOnce(behaviour);
  const refusal = await call.apply(behaviour, !waitsInStream);
  if (refusal !== null) return refusal;
  if (behaviour.moderation) return call.refuse.moderated();

  const { tokenizer } = call.context;
  const tokens = await promptTokens(body, tokenizer);
  const reply = await replyTo(body, behaviour, tokenizer);
  return answerChat(call, behaviour, {
    streams: body.stream === true,
    tokens: reply.completionTokens,
    frames: () => chunkFrames(body, reply, tokens, dialect, behaviour),
    whole: () => completion(body, reply, tokens, dialect),
    comment: dialect.comment,
    delayMs: waitsInStream ? behaviour.latencyMs : 0,
  });
}

const failsAtOnce = (behaviour: Behaviour): boolean =>
  behaviour.moderation || behaviour.hang || behaviour.reset || (behaviour.status !== null && behaviour.after === null);

/** The whole answer at once: a `chat.completion`. */
function completion(body: ChatBody, reply: ChatReply, promptTokens: number, dialect: ChatDialect): object {
  const choices = body.n ?? 1;
  return {
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
    usage: usageBody(body.model, promptTokens, reply.completionTokens * choices, dialect),
    ...dialect.extra,
  };
}

function messageOf(reply: ChatReply): Record<string, unknown> {
  const text = textOf(reply.pieces);
  const message = { role: 'assistant', content: text, refusal: null, annotations: [] };
  if (reply.toolName === null) return message;
  const call = { id: newToolCallId(), type: 'function', function: { name: reply.toolName, arguments: text } };
  return { ...message, content: null, tool_calls: [call] };
}

/** The sandbox answers for every model; these are the ones that it lists. */
const MODELS: Readonly<Record<string, readonly string[]>> = {
  openai: ['gpt-5.4-mini', 'gpt-image-1.5', 'sora-2'],
  'openai-compatible': ['sandbox-small', 'sandbox-large'],
};

/** `GET models`. */
export function listModels(call: Call): Answer {
  call.note({ operation: 'models' });
  if (call.provider === 'openrouter') return json(200, openRouterModels());
  const model = { object: 'model', created: 1_760_000_000, owned_by: 'sandbox' };
  return json(200, { object: 'list', data: (MODELS[call.provider] ?? []).map((id) => ({ id, ...model })) });
}
