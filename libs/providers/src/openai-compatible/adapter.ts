import { streamedChat } from '../chat/stream-chat.js';
import type { Dialect } from '../http/index.js';
import type { ChatProvider, ProviderAdapters } from '../spec/index.js';
import { chatRequest } from './chat-request.js';
import { OpenAiReader } from './chat-stream.js';
import { OPENAI_CHAT_USAGE } from './chat-usage.js';
import { readOpenAiRefusal } from './errors.js';
import { openAiImages } from './image-adapter.js';
import { openAiVideos } from './video-adapter.js';

/** How OpenAI's dialect carries the key and reports errors. A local server without a key gets no header. */
export const openAiDialect: Dialect = {
  authorize: (apiKey): Record<string, string> => (apiKey === '' ? {} : { Authorization: `Bearer ${apiKey}` }),
  readRefusal: readOpenAiRefusal,
};

/** Chat in OpenAI's dialect. @param instructions the role that `developer` messages are sent with */
export function openAiChat(dialect: Dialect, instructions: 'developer' | 'system' = 'system'): ChatProvider {
  return streamedChat({
    dialect,
    reports: OPENAI_CHAT_USAGE,
    request: (body, { model }) => ({
      ok: true,
      value: { target: '/chat/completions', body: chatRequest(body, model, instructions) },
    }),
    reader: (defaults) => new OpenAiReader(defaults),
  });
}

/** Any server that speaks OpenAI's dialect: vLLM, Ollama, LM Studio, SGLang, LocalAI ... */
export const openAiCompatible = {
  chat: openAiChat(openAiDialect),
  image: openAiImages(openAiDialect),
  video: openAiVideos(openAiDialect),
} satisfies ProviderAdapters;
