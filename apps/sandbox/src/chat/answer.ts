import type { Behaviour } from '../directives/behaviour.js';
import type { Answer } from '../exchange/answer.js';
import { behaviourOf } from '../exchange/behaviour-of.js';
import type { Call } from '../exchange/call.js';
import { firstProblem } from '../exchange/first-problem.js';
import { obey } from '../exchange/obey.js';
import { pause } from '../exchange/pause.js';
import { plainly, type Performance } from '../exchange/perform.js';
import type { Stage } from '../stage.js';
import { chatBodySchema, promptOf, type ChatBody } from './body.js';
import { dialectOf } from './dialect.js';
import { completion } from './plain.js';
import { promptTokens, replyTo } from './reply.js';
import { chunkFrames } from './stream.js';

/** `POST chat/completions` of OpenAI, of OpenRouter and of everything compatible. */
export async function answerChat(call: Call, stage: Stage): Promise<Performance> {
  const parsed = chatBodySchema.safeParse(call.body);
  if (!parsed.success) {
    call.note({ operation: 'chat' });
    const { message, field } = firstProblem(parsed.error);
    return plainly(call.refuse.invalid(message, field));
  }
  const body = parsed.data;
  const prompt = promptOf(body);
  call.note({ operation: 'chat', prompt, model: body.model });
  const behaviour = behaviourOf(call, stage, prompt);
  return { answer: await answerBody(call, stage, body, behaviour), cut: behaviour.cut };
}

async function answerBody(call: Call, stage: Stage, body: ChatBody, behaviour: Behaviour): Promise<Answer> {
  const dialect = dialectOf(call.provider);
  // OpenRouter accepts a stream before its model has said anything, and fills the silence with comments.
  const waitsInStream = body.stream === true && dialect.comment !== null && !failsAtOnce(behaviour);
  const refusal = await obey(call, waitsInStream ? { ...behaviour, latencyMs: 0 } : behaviour);
  if (refusal !== null) return refusal;
  if (behaviour.moderation) return call.refuse.moderated();

  const counted = promptTokens(body, stage.tokenizer);
  const tokens = typeof counted === 'number' ? counted : await counted;
  const reply = await replyTo(body, behaviour, stage.tokenizer);
  if (body.stream !== true) {
    if (behaviour.status !== null) return call.refuse.failure(behaviour.status, behaviour.retryAfter);
    if (behaviour.rate !== null) await pause((reply.completionTokens * 1_000) / behaviour.rate, call.signal);
    return completion(body, reply, tokens, dialect);
  }
  return {
    kind: 'events',
    comment: dialect.comment,
    delayMs: waitsInStream ? behaviour.latencyMs : 0,
    gapMs: behaviour.rate === null ? 0 : 1_000 / behaviour.rate,
    frames: chunkFrames(body, reply, tokens, dialect, behaviour),
  };
}

const failsAtOnce = (behaviour: Behaviour): boolean =>
  behaviour.moderation || behaviour.hang || behaviour.reset || (behaviour.status !== null && behaviour.after === null);
