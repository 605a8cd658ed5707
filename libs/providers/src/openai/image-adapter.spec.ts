import { SECRET } from '../contract/call-context.js';
import { imageContract } from '../contract/image-contract.js';
import { recorded } from '../contract/replay-server.js';
import { openAiDialect } from '../openai-compatible/adapter.js';
import { openAiImages } from '../openai-compatible/image-adapter.js';

imageContract({
  provider: 'openai',
  image: openAiImages(openAiDialect),
  model: 'gpt-image-1.5',
  path: '/images/generations',
  key: { authorization: `Bearer ${SECRET}` },
  good: () => recorded('openai', 'image-generation.json'),
  empty: () => recorded('openai', 'image-empty.json'),
  moderated: () => recorded('openai', 'error-moderation.json', { status: 400 }),
  edit: { path: '/images/edits', parameters: { image: { send: 'many' }, mask: {} }, mask: true },
  lost: 'transient',
});
