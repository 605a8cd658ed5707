import { streamedChat } from '../chat/stream-chat.js';
import type { Dialect } from '../http/index.js';
import type { ChatProvider } from '../spec/index.js';
import { geminiRequest } from './chat-request.js';
import { GeminiStream } from './chat-stream.js';
import { fetchSentFiles } from './sent-files.js';

/** Chat by `:streamGenerateContent`. Its streams have no mark of their end but the reason that each answer ended for. */
export function geminiChat(dialect: Dialect): ChatProvider {
  return streamedChat({
    dialect,
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
}
