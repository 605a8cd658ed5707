import { streamedChat } from '../chat/stream-chat.js';
import type { ProviderAdapters } from '../spec/index.js';
import { anthropicRequest } from './chat-request.js';
import { AnthropicStream, isLastEvent } from './chat-stream.js';
import { readAnthropicRefusal } from './errors.js';

const chat = streamedChat({
  dialect: {
    authorize: (apiKey) => ({ 'x-api-key': apiKey, 'anthropic-version': '2023-06-01' }),
    readRefusal: readAnthropicRefusal,
  },
  request: (body, context) => anthropicRequest(body, context.model, context.parameters),
  read: (_body, facts) => new AnthropicStream(facts),
  isEnd: isLastEvent,
});

/** Anthropic's Messages API. */
export const anthropic = { chat } satisfies ProviderAdapters;
