import type { ChatBody } from '@lumenfall/contracts';
import {
  codeOf,
  failureOfBrokenCall,
  httpOf,
  parseJson,
  readEvents,
  readText,
  secretsOf,
  type Dialect,
  type OpenAnswer,
} from '../http/index.js';
import { failure } from '../http/failures.js';
import type { CallContext, ChatEvent, ChatProvider } from '../spec/index.js';
import { chunksOfCompletion } from './chat-answer.js';
import { chatRequest } from './chat-request.js';
import { ChatStream } from './chat-stream.js';
import { readLateError } from './errors.js';

const MAX_COMPLETION_BYTES = 64 * 1024 * 1024;

/** Chat in OpenAI's dialect, which OpenRouter, vLLM, Ollama, LM Studio and most others speak. */
export function openAiChat(dialect: Dialect): ChatProvider {
  const http = httpOf(dialect);

  async function* streamChat(body: ChatBody, context: CallContext): AsyncGenerator<ChatEvent, void, void> {
    const { endpoint, model, limits, signal, requestId } = context;
    const call = { method: 'POST', target: '/chat/completions', body: chatRequest(body, model), limits } as const;
    const opened = await http(context).open(call, signal);
    if (!opened.ok) {
      yield { type: 'failure', failure: opened.failure };
      return;
    }
    const answer = opened.value;
    const defaults = {
      id: `chatcmpl-${requestId.replace(/^req_/, '')}`,
      created: Math.floor(Date.now() / 1000),
      model,
    };
    const stream = new ChatStream(body, defaults, dialect.readRefusal, secretsOf(endpoint));
    try {
      if (isJson(answer)) {
        yield* await readCompletion(answer, stream, defaults);
        return;
      }
      for await (const batch of readEvents(answer.body, answer.clock)) {
        for (const data of batch) {
          for (const event of stream.take(data)) yield event;
          if (stream.over) return;
        }
      }
      yield* stream.close(null);
    } catch (error) {
      const { stopped } = answer.clock;
      const broke = failureOfBrokenCall({ stopped, code: codeOf(error), sent: true, unrepeatable: false });
      yield* stream.close(
        broke.kind === 'transient' ? { ...broke, message: 'stream broke: the connection was cut' } : broke,
      );
    } finally {
      answer.clock.close();
    }
  }

  return { streamChat };
}

const isJson = (answer: OpenAnswer): boolean => answer.headers['content-type']?.startsWith('application/json') === true;

/** The whole answer of a server that ignores `stream`, or an error in the body of a 200. */
async function readCompletion(
  { body, clock }: OpenAnswer,
  stream: ChatStream,
  defaults: Parameters<typeof chunksOfCompletion>[1],
): Promise<ChatEvent[]> {
  const text = await readText(body, clock, MAX_COMPLETION_BYTES);
  const value = text === null ? undefined : parseJson(text);
  const late = readLateError(value);
  if (late !== null) return [{ type: 'failure', failure: stream.failureOf(late.body, late.status) }];
  const chunks = chunksOfCompletion(value, defaults);
  if (chunks === null) {
    return [{ type: 'failure', failure: failure('transient', 'The provider sent an answer that cannot be read') }];
  }
  return [...chunks.flatMap((chunk) => stream.takeChunk(chunk)), ...stream.close(null)];
}
