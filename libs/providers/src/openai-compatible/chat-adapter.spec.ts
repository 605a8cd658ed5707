import { chatContract } from '../contract/chat-contract.js';
import { recorded } from '../contract/replay-server.js';
import { openAiChat } from './chat-adapter.js';
import { openAiDialect } from './dialect.js';

chatContract({
  provider: 'openai-compatible',
  chat: openAiChat(openAiDialect),
  fixtures: {
    stream: 'vllm-stream.sse',
    rate: recorded('openai', 'error-429.json'),
    refusal: recorded('openai-compatible', 'error-fastapi-422.json'),
  },
});
