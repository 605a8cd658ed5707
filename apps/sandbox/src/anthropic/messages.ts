import { json, type Answer } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import { answerChat } from '../chat/answer-chat.js';
import { promptOf } from '../chat/body.js';
import { promptTokens, replyTo } from '../chat/reply.js';
import type { Behaviour } from '../directives/behaviour.js';
import { thoughtsOn, tokensOf } from '../tokens/canned-text.js';
import { anthropicBodySchema, asChat, problemIn, thinks, type AnthropicBody } from './body.js';
import { messageFrames, wholeMessage, type Message } from './message.js';

/** `POST messages`. */
export async function createMessage(call: Call): Promise<Answer> {
  if (call.request.headers['anthropic-version'] === undefined) {
    return call.refuse.invalid('header is required', 'anthropic-version');
  }
  const read = call.parse(anthropicBodySchema, { operation: 'chat' });
  if (!read.ok) return read.answer;
  const { body } = read;
  const { model } = body;
  const prompt = promptOf(asChat(body));
  const problem = problemIn(body);
  if (problem !== null) {
    call.note({ operation: 'chat', prompt, model });
    return call.refuse.invalid(problem.message, problem.field);
  }
  const behaviour = call.behave({ operation: 'chat', prompt, model, makes: 'chat' });
  const refusal = await call.apply(behaviour);
  if (refusal !== null) return refusal;
  const message = await messageFor(call, body, behaviour);
  return answerChat(call, behaviour, {
    streams: body.stream === true,
    tokens: tokensOf(message.thoughts) + (message.reply?.completionTokens ?? 0),
    frames: () => messageFrames(message, behaviour),
    whole: () => wholeMessage(message),
  });
}

async function messageFor({ context }: Call, body: AnthropicBody, behaviour: Behaviour): Promise<Message> {
  const chat = asChat(body);
  const silent = behaviour.moderation || behaviour.empty;
  return {
    model: body.model,
    thoughts: thinks(body) && !silent ? thoughtsOn(promptOf(chat)) : [],
    reply: behaviour.moderation ? null : await replyTo(chat, behaviour, context.tokenizer),
    promptTokens: await promptTokens(chat, context.tokenizer),
    cached: await context.promptCache.use(body, context.tokenizer),
  };
}

const MODELS = [
  { type: 'model', id: 'claude-haiku-4-5', display_name: 'Claude Haiku 4.5', created_at: '2025-10-15T00:00:00Z' },
];

/** `GET models`. */
export function listClaudes(call: Call): Answer {
  call.note({ operation: 'models' });
  return json(200, { data: MODELS, has_more: false, first_id: MODELS[0]?.id, last_id: MODELS.at(-1)?.id });
}
