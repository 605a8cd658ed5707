import { SECRET } from '../contract/call-context.js';
import { openAiWay, openAiWire } from '../contract/chat-bodies.js';
import { chatContract } from '../contract/chat-contract.js';
import { recorded } from '../contract/replay-server.js';
import { openAiChat, openAiDialect } from './adapter.js';

chatContract({
  provider: 'openai-compatible',
  chat: openAiChat(openAiDialect),
  model: 'the-model',
  way: openAiWay(SECRET),
  wire: openAiWire('system'),
  finishReason: '"finish_reason":"stop"',
  showsThoughts: true,
  fixtures: {
    stream: recorded('openai-compatible', 'vllm-stream.sse'),
    whole: recorded('openai', 'chat-completion.json'),
    empty: recorded('openai', 'chat-empty.sse'),
    tools: recorded('openai-compatible', 'vllm-two-calls.sse'),
    reasoning: recorded('openai-compatible', 'vllm-reasoning.sse'),
    length: recorded('openai-compatible', 'vllm-length.sse'),
    moderated: recorded('openai', 'error-moderation.json', { status: 400 }),
    rate: recorded('openai', 'error-429.json'),
    refusal: recorded('openai-compatible', 'error-fastapi-422.json', { status: 422 }),
    refusedKey: recorded('openai', 'error-401.json', { status: 401 }),
    overloaded: recorded('openai', 'error-500.json', { status: 503 }),
  },
});
