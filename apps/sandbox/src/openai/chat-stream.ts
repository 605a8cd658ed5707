import { randomBytes } from 'node:crypto';
import type { ChatBody } from '../chat/body.js';
import type { ChatReply } from '../chat/reply.js';
import type { Behaviour } from '../directives/behaviour.js';
import { usageBody, type ChatDialect } from './chat-dialect.js';

export const newToolCallId = (): string => `call_${randomBytes(12).toString('hex')}`;

/**
 * The frames of a streamed answer: one `chat.completion.chunk` per token, the finish reason, usage if due, `[DONE]`.
 * With a late failure the stream ends there, without `[DONE]`.
 */
export function* chunkFrames(
  body: ChatBody,
  reply: ChatReply,
  promptTokens: number,
  dialect: ChatDialect,
  behaviour: Behaviour,
): Generator<string> {
  const head = {
    id: dialect.newId(),
    object: 'chat.completion.chunk',
    created: Math.floor(Date.now() / 1_000),
    model: body.model,
    ...dialect.extra,
  };
  const withUsage = dialect.alwaysUsage || body.stream_options?.include_usage === true;
  // OpenAI's chunks carry `usage: null` until the one that carries it.
  const tail = withUsage && !dialect.alwaysUsage ? ',"usage":null}\n\n' : '}\n\n';
  const opening = `data: ${JSON.stringify(head).slice(0, -1)},"choices":[`;
  const lateFailureAt = behaviour.status === null ? null : behaviour.after;
  const choices = body.n ?? 1;
  let sent = 0;
  for (let index = 0; index < choices; index += 1) {
    for (const delta of deltas(reply)) {
      if (sent === lateFailureAt) break;
      yield `${opening}{"index":${index},"delta":${delta},"logprobs":null,"finish_reason":null}]${tail}`;
      sent += 1;
    }
    if (lateFailureAt !== null) continue;
    yield `${opening}{"index":${index},"delta":{},"logprobs":null,"finish_reason":"${reply.finish}"}]${tail}`;
  }
  if (lateFailureAt !== null && behaviour.status !== null) {
    yield `data: ${JSON.stringify(dialect.lateFailure(behaviour.status, head))}\n\n`;
    return;
  }
  if (withUsage) {
    const usage = usageBody(body.model, promptTokens, reply.completionTokens * choices, dialect);
    yield `data: ${JSON.stringify({ ...head, choices: [], usage })}\n\n`;
  }
  yield 'data: [DONE]\n\n';
}

/** The JSON of each `delta`; the first carries the role. */
function* deltas(reply: ChatReply): Generator<string> {
  if (reply.toolName !== null) {
    const call = { index: 0, id: newToolCallId(), type: 'function', function: { name: reply.toolName, arguments: '' } };
    yield JSON.stringify({ role: 'assistant', content: null, tool_calls: [call] });
    for (const { json } of reply.pieces) yield `{"tool_calls":[{"index":0,"function":{"arguments":${json}}}]}`;
    return;
  }
  let first = true;
  for (const { json } of reply.pieces) {
    yield first ? `{"role":"assistant","content":${json}}` : `{"content":${json}}`;
    first = false;
  }
}
