import { SECRET } from '../contract/call-context.js';
import { imageContract } from '../contract/image-contract.js';
import { recorded, type ReceivedRequest, type Reply } from '../contract/replay-server.js';
import { fireworks } from './adapter.js';

const key = { authorization: `Bearer ${SECRET}`, accept: 'application/json' };
const jobReplies =
  (state: string) =>
  (request: ReceivedRequest): Reply =>
    recorded('fireworks', request.path.endsWith('/get_result') ? state : 'accepted.json');

describe('Fireworks workflows:', () =>
  imageContract({
    provider: 'fireworks',
    image: fireworks.image,
    model: 'accounts/fireworks/models/flux-1-dev-fp8',
    path: '/workflows/accounts/fireworks/models/flux-1-dev-fp8/text_to_image',
    key,
    good: () => recorded('fireworks', 'image.json'),
    empty: () => recorded('fireworks', 'image-empty.json'),
    moderated: () => recorded('fireworks', 'image-filtered.json'),
    lost: 'transient',
  }));

describe('Fireworks jobs:', () =>
  imageContract({
    provider: 'fireworks',
    image: fireworks.image,
    model: 'accounts/fireworks/models/flux-kontext-pro',
    path: '/workflows/accounts/fireworks/models/flux-kontext-pro',
    key,
    good: jobReplies('ready.json'),
    empty: jobReplies('ready-nothing.json'),
    moderated: jobReplies('moderated.json'),
    edit: { parameters: { image: { as: 'input_image', send: 'numbered' } }, mask: false },
    lost: 'ambiguous',
  }));
