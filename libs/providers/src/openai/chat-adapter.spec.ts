import { SECRET } from '../contract/call-context.js';
import { openAiWay, openAiWire } from '../contract/chat-bodies.js';
import { chatContract } from '../contract/chat-contract.js';
import { recorded } from '../contract/replay-server.js';
import { openAi } from './adapter.js';

chatContract({
  provider: 'openai',
  chat: openAi.chat,
  model: 'the-model',
  way: openAiWay(SECRET),
  wire: openAiWire('developer'),
  finishReason: '"finish_reason":"stop"',
  showsThoughts: false,
  fixtures: {
    stream: recorded('openai', 'chat-stream.sse'),
    whole: recorded('openai', 'chat-completion.json'),
    empty: recorded('openai', 'chat-empty.sse'),
    tools: recorded('openai', 'chat-two-calls.sse'),
    reasoning: recorded('openai', 'chat-reasoning.sse'),
    length: recorded('openai', 'chat-length.sse'),
    moderated: recorded('openai', 'error-moderation.json', { status: 400 }),
    rate: recorded('openai', 'error-429.json'),
    refusal: recorded('openai', 'error-400.json', { status: 400 }),
    refusedKey: recorded('openai', 'error-401.json', { status: 401 }),
    overloaded: recorded('openai', 'error-500.json', { status: 500 }),
  },
});
