import type { Dialect } from '../http/index.js';
import { streamedChat } from '../chat/stream-chat.js';
import type { ChatProvider } from '../spec/index.js';
import { chatRequest } from './chat-request.js';
import { ChatStream } from './chat-stream.js';

/** Chat in OpenAI's dialect, which OpenRouter, vLLM, Ollama, LM Studio and most others speak. */
export function openAiChat(dialect: Dialect): ChatProvider {
  return streamedChat({
    dialect,
    request: (body, { model }) => ({
      ok: true,
      value: { target: '/chat/completions', body: chatRequest(body, model) },
    }),
    read: (body, { defaults, secrets }) => new ChatStream(body, defaults, dialect.readRefusal, secrets),
  });
}
