import { streamedChat } from '../chat/stream-chat.js';
import { AnthropicStream, isLastEvent } from './chat-stream.js';
import { anthropicRequest } from './chat-request.js';
import { readAnthropicRefusal } from './errors.js';

export const anthropicChat = streamedChat({
  dialect: {
    authorize: (apiKey) => ({ 'x-api-key': apiKey, 'anthropic-version': '2023-06-01' }),
    readRefusal: readAnthropicRefusal,
  },
  request: (body, context) => anthropicRequest(body, context.model, context.parameters),
  read: (_body, facts) => new AnthropicStream(facts),
  isEnd: isLastEvent,
});
