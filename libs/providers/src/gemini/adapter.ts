import { streamedChat } from '../chat/stream-chat.js';
import { httpOf } from '../http/index.js';
import type { ProviderAdapters } from '../spec/index.js';
import { geminiRequest } from './chat-request.js';
import { GeminiStream } from './chat-stream.js';
import { geminiDialect } from './errors.js';
import { geminiImages } from './image-adapter.js';
import { fetchSentFiles } from './sent-files.js';

/** Chat by `:streamGenerateContent`. */
const chat = streamedChat({
  dialect: geminiDialect,
  async request(body, context) {
    const files = await fetchSentFiles(body, context);
    if (!files.ok) return files;
    return {
      ok: true,
      value: {
        target: `/models/${encodeURIComponent(context.model)}:streamGenerateContent?alt=sse`,
        body: geminiRequest(body, context.model, files.value),
      },
    };
  },
  read: (body, facts) => new GeminiStream(body, facts),
});

const image = geminiImages({
  http: httpOf(geminiDialect),
  target: (model) => `/models/${encodeURIComponent(model)}:generateContent`,
});

/** Google's Gemini API. */
export const gemini = { chat, image } satisfies ProviderAdapters;
