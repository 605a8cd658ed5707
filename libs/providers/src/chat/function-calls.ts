import type { ChatBody } from '@lumenfall/contracts';
import { isRecord, textOf } from '../json/fields.js';
import type { ChatEvent } from '../spec/index.js';
import type { ChunkChoice } from './answer-gate.js';
import type { ChatMessage } from './message-parts.js';

/** Whether a client speaks the form that OpenAI had before tools: `functions`, and `function_call` in the answer. */
export const usesFunctions = (body: ChatBody): boolean =>
  Array.isArray(body['functions']) && body['functions'].length > 0 && (body.tools ?? []).length === 0;

/** An answer for such a client: the first tool call as `function_call`; that form has no second one. */
export async function* asFunctionCalls(events: AsyncIterable<ChatEvent>): AsyncGenerator<ChatEvent, void, void> {
  for await (const event of events) {
    if (event.type === 'chunk') {
      yield { type: 'chunk', chunk: { ...event.chunk, choices: event.chunk.choices.map(withFunctionCall) } };
    } else yield event;
  }
}

function withFunctionCall({ delta, finish_reason: reason, ...choice }: ChunkChoice): ChunkChoice {
  const { tool_calls: calls, ...rest } = delta;
  const called = (calls ?? []).filter(({ index }) => (index ?? 0) === 0).map((call) => call.function ?? {});
  const functionCall = called.length === 0 ? {} : { function_call: Object.assign({}, ...called) as object };
  return {
    ...choice,
    delta: { ...rest, ...functionCall },
    finish_reason: reason === 'tool_calls' ? 'function_call' : reason,
  };
}

/**
 * A history in today's form: each `function_call` becomes a tool call, and each message of the role `function` the
 * result of the latest call of that name. Messages of today's form stay as they are.
 */
export function withToolCalls(messages: readonly ChatMessage[]): ChatMessage[] {
  const pending = new Map<string, string>();
  let count = 0;
  return messages.map((message): ChatMessage => {
    const called = message.role === 'assistant' && isRecord(message['function_call']) ? message['function_call'] : null;
    const name = textOf(called?.['name']);
    if (called !== null && name !== null && !message.tool_calls?.length) {
      const id = `call_${name}_${count++}`;
      pending.set(name, id);
      const { function_call: _, ...rest } = message;
      return { ...rest, role: 'assistant', tool_calls: [{ id, type: 'function', function: called }] };
    }
    if (message.role !== 'function') return message;
    const id = pending.get(textOf(message['name']) ?? '');
    return id === undefined ? message : { ...message, role: 'tool', tool_call_id: id };
  });
}
