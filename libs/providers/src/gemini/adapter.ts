import { streamedChat } from '../chat/stream-chat.js';
import { httpOf } from '../http/index.js';
import type { ProviderAdapters } from '../spec/index.js';
import { geminiRequest } from './chat-request.js';
import { GeminiReader } from './chat-stream.js';
import { GEMINI_CHAT_USAGE } from './chat-usage.js';
import { geminiDialect } from './errors.js';
import { geminiImages } from './image-adapter.js';
import { fetchSentFiles } from './sent-files.js';

/** Chat by `:streamGenerateContent`. */
const chat = streamedChat({
  dialect: geminiDialect,
  async request(body, context) {
    const files = await fetchSentFiles(body, context);
    if (!files.ok) return files;
    const request = geminiRequest(body, context.model, files.value);
    if (!request.ok) return request;
    const target = `/models/${encodeURIComponent(context.model)}:streamGenerateContent?alt=sse`;
    return { ok: true, value: { target, body: request.value } };
  },
  reports: GEMINI_CHAT_USAGE,
  reader: (defaults) => new GeminiReader(defaults),
  // Google refuses several candidates in a stream, and for Gemini 3 altogether.
  maxParallelChoices: 8,
  translatesFunctions: true,
});

const image = geminiImages({
  http: httpOf(geminiDialect),
  target: (model) => `/models/${encodeURIComponent(model)}:generateContent`,
});

/** Google's Gemini API. */
export const gemini = { chat, image } satisfies ProviderAdapters;
