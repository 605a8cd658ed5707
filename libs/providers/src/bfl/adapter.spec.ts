import { SECRET } from '../contract/call-context.js';
import { imageContract } from '../contract/image-contract.js';
import { bflReplies } from '../contract/job-scripts.js';
import { bfl } from './adapter.js';

imageContract({
  provider: 'bfl',
  image: bfl.image,
  model: 'flux-2-pro',
  path: '/flux-2-pro',
  key: { 'x-key': SECRET },
  good: bflReplies('ready.json'),
  empty: bflReplies('ready-nothing.json'),
  moderated: bflReplies('request-moderated.json'),
  edit: { parameters: { image: { as: 'input_image', send: 'numbered' }, mask: {} }, mask: true },
  lost: 'ambiguous',
  leadsTo: (elsewhere) => (request) =>
    request.method === 'POST'
      ? { body: JSON.stringify({ id: 'x', polling_url: `${elsewhere}/get_result?id=x` }) }
      : { status: 500 },
});
