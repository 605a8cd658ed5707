import { promptOf } from '../chat/body.js';
import { promptTokens, replyTo } from '../chat/reply.js';
import { thoughtsOn } from '../chat/thoughts.js';
import { json, type Answer } from '../exchange/answer.js';
import { behaviourOf } from '../exchange/behaviour-of.js';
import type { Call } from '../exchange/call.js';
import { firstProblem } from '../exchange/first-problem.js';
import { obey } from '../exchange/obey.js';
import { pause } from '../exchange/pause.js';
import { plainly, type Performance } from '../exchange/perform.js';
import type { Stage } from '../stage.js';
import { tokensOf } from '../tokens/piece.js';
import type { Behaviour } from '../directives/behaviour.js';
import { anthropicBodySchema, asChat, problemIn, thinks, type AnthropicBody } from './body.js';
import { wholeMessage, type Message } from './message.js';
import { messageFrames } from './stream.js';

/** `POST messages`. */
export async function answerMessages(call: Call, stage: Stage): Promise<Performance> {
  if (call.request.headers['anthropic-version'] === undefined) {
    return plainly(call.refuse.invalid('header is required', 'anthropic-version'));
  }
  const parsed = anthropicBodySchema.safeParse(call.body);
  if (!parsed.success) {
    call.note({ operation: 'chat' });
    const { message, field } = firstProblem(parsed.error);
    const isUnknown = message.startsWith('Unknown parameter');
    return plainly(call.refuse.invalid(isUnknown ? 'Extra inputs are not permitted' : message, field));
  }
  const body = parsed.data;
  const prompt = promptOf(asChat(body));
  call.note({ operation: 'chat', prompt, model: body.model });
  const problem = problemIn(body);
  if (problem !== null) return plainly(call.refuse.invalid(problem.message, problem.field));
  const behaviour = behaviourOf(call, stage, prompt);
  return { answer: await answerBody(call, stage, body, behaviour), cut: behaviour.cut };
}

async function answerBody(call: Call, stage: Stage, body: AnthropicBody, behaviour: Behaviour): Promise<Answer> {
  const refusal = await obey(call, behaviour);
  if (refusal !== null) return refusal;
  const message = await messageFor(stage, body, behaviour);
  if (body.stream !== true) {
    if (behaviour.status !== null) return call.refuse.failure(behaviour.status, behaviour.retryAfter);
    const tokens = tokensOf(message.thoughts) + (message.reply?.completionTokens ?? 0);
    if (behaviour.rate !== null) await pause((tokens * 1_000) / behaviour.rate, call.signal);
    return json(200, wholeMessage(message));
  }
  return {
    kind: 'events',
    comment: null,
    delayMs: 0,
    gapMs: behaviour.rate === null ? 0 : 1_000 / behaviour.rate,
    frames: messageFrames(message, behaviour),
  };
}

async function messageFor(stage: Stage, body: AnthropicBody, behaviour: Behaviour): Promise<Message> {
  const chat = asChat(body);
  const silent = behaviour.moderation || behaviour.empty;
  return {
    model: body.model,
    thoughts: thinks(body) && !silent ? thoughtsOn(promptOf(chat)) : [],
    reply: behaviour.moderation ? null : await replyTo(chat, behaviour, stage.tokenizer),
    promptTokens: await promptTokens(chat, stage.tokenizer),
    cached: await stage.promptCache.use(body, stage.tokenizer),
  };
}
