import { chatContract } from '../contract/chat-contract.js';
import { recorded } from '../contract/replay-server.js';
import { openAiChat } from '../openai-compatible/chat-adapter.js';
import { openAiDialect } from '../openai-compatible/dialect.js';

chatContract({
  provider: 'openai',
  chat: openAiChat(openAiDialect),
  fixtures: {
    stream: 'chat-stream.sse',
    rate: recorded('openai', 'error-429.json'),
    refusal: recorded('openai', 'error-400.json'),
  },
});
