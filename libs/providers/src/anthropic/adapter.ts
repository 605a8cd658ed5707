import { streamedChat } from '../chat/stream-chat.js';
import type { ProviderAdapters } from '../spec/index.js';
import { anthropicRequest } from './chat-request.js';
import { AnthropicReader, isLastEvent } from './chat-stream.js';
import { ANTHROPIC_CHAT_USAGE } from './chat-usage.js';
import { readAnthropicRefusal } from './errors.js';

const chat = streamedChat({
  dialect: {
    authorize: (apiKey) => ({ 'x-api-key': apiKey, 'anthropic-version': '2023-06-01' }),
    readRefusal: readAnthropicRefusal,
  },
  request: (body, context) => anthropicRequest(body, context.model, context.parameters),
  reports: ANTHROPIC_CHAT_USAGE,
  reader: (defaults) => new AnthropicReader(defaults),
  // The Messages API makes one answer a call, and knows only tools.
  maxParallelChoices: 8,
  translatesFunctions: true,
  isEnd: isLastEvent,
});

/** Anthropic's Messages API. */
export const anthropic = { chat } satisfies ProviderAdapters;
