import { SECRET } from '../contract/call-context.js';
import { imageContract } from '../contract/image-contract.js';
import { recorded } from '../contract/replay-server.js';
import { xai } from './adapter.js';

imageContract({
  provider: 'xai',
  image: xai.image,
  model: 'grok-imagine-image',
  path: '/images/generations',
  key: { authorization: `Bearer ${SECRET}` },
  good: () => recorded('xai', 'image.json'),
  empty: () => recorded('xai', 'image-empty.json'),
  moderated: () => recorded('xai', 'image-moderated.json'),
  edit: { path: '/images/edits', parameters: { image: { as: 'images', send: 'many' } }, mask: false },
  lost: 'transient',
});
